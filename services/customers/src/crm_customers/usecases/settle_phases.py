"""The phase of a customer: moved by its contracts, by the calendar, or by a person who knows better (domain rule 3.5)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from crm.customers.v1 import customers_events_pb2 as events
from crm.customers.v1.customer_pb2 import Customer as CustomerMessage

from crm_customers import queries
from crm_customers.domain.customer import Customer
from crm_customers.domain.standing import Phase, standing
from crm_customers.domain.timeline import Entry
from crm_customers.usecases.record_timeline import record_timeline
from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx

PHASE_DUE = "customer.phase"
"""Timer: the last end date of a customer's contracts has passed."""


async def settle_phases(tx: Tx, customer_ids: Iterable[UUID], *, by_contract: bool) -> None:
    """Bring the phase of customers in line with what is known of their contracts and deals.

    Customers not known yet are left out; whoever makes them visible settles them. ``by_contract``: a contract told it,
    which ends a phase set by hand.
    """
    await settle(tx, await queries.locked_customers(tx, set(customer_ids)), by_contract=by_contract)


async def settle(tx: Tx, customers: Sequence[Customer], *, by_contract: bool) -> None:
    """The same for customers at hand, under lock and visible."""
    ids = [customer.id for customer in customers]
    with tx.session.no_autoflush:  # neither reads what this transaction has changed
        agreements, open_deals = await queries.agreements(tx, ids), await queries.with_open_deals(tx, ids)
    for customer in customers:
        signed = agreements.get(customer.id, [])
        found = standing(signed, tx.now, has_open_deal=customer.id in open_deals)
        flag = customer.presale_again
        before = customer.settle(found, by_contract=by_contract)
        if found.until is not None:
            await tx.schedule(PHASE_DUE, customer.id, found.until)
        elif signed:
            await tx.cancel_timer(PHASE_DUE, customer.id)
        if before is not None:
            await _announce(tx, customer, before)
        elif customer.presale_again != flag:
            tx.publish(customer, events.CustomerUpdated())


async def set_phase(tx: Tx, id: str, phase: str, reason: str, *, etag: str = "") -> Customer:
    """A person sets the phase and says why; the next event of a contract ends it."""
    reason = reason.strip()
    if not reason:
        raise InvalidArgument.of("reason", "REQUIRED", "Say why the phase differs.", "请说明调整阶段的原因。")
    customer = await tx.load(Customer, id, etag=etag)
    before = customer.set_phase(Phase(phase), reason)
    if before is not None:
        await _announce(tx, customer, before)
    return customer


async def _announce(tx: Tx, customer: Customer, before: Phase) -> None:
    tx.publish(customer, events.CustomerPhaseChanged(previous_phase=CustomerMessage.Phase.Value(before)))
    await record_timeline(
        tx,
        [
            Entry(
                id=tx.new_id(),
                customer_id=customer.id,
                occur_time=tx.now,
                kind="phase_changed",
                actor=tx.principal.actor,
                source_event_type=events.CustomerPhaseChanged.DESCRIPTOR.full_name,
                subject_type="customer",
                subject_id=customer.id,
                facts={"from": before, "to": customer.phase, "note": customer.phase_reason},
            )
        ],
    )

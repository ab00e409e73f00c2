"""The phase of a customer, moved by contract events, the calendar and by hand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from crm.customers.v1.customer_pb2 import Customer
from crm.customers.v1.customers_events_pb2 import CustomerPhaseChanged
from crm.sales.v1 import sales_events_pb2 as sales_events
from sqlalchemy import select, update

from crm_customers.domain.standing import known_contract
from crm_customers.usecases.settle_phases import PHASE_DUE, settle_phases
from crm_kit.timers import timer

from .clerk import Clerk, Deal, days_ago, refused

TODAY = datetime.now(UTC).date()
NEXT_MONTH = (TODAY + timedelta(days=30)).isoformat()
LAST_MONTH = (TODAY - timedelta(days=30)).isoformat()


async def test_a_customer_goes_through_the_phases_of_its_contracts(clerk: Clerk) -> None:
    made = await clerk.customer()
    contract = Deal(made.id)
    phases = []
    for fact in (
        contract.contract(sales_events.ContractSent, "PENDING_SIGN"),
        contract.signed(end_date=NEXT_MONTH),
        contract.fulfilled(end_date=NEXT_MONTH),
        contract.contract(sales_events.ContractAmended, "FULFILLED", end_date=LAST_MONTH),
    ):
        await clerk.deliver(fact)
        phases.append(Customer.Phase.Name((await clerk.get(made.id)).phase))
    assert phases == ["PRESALE", "EXECUTING", "AFTER_SALE", "EXPIRED"]
    moves = [event.message.previous_phase for event in await clerk.service.announced(CustomerPhaseChanged)]
    assert moves == [Customer.PRESALE, Customer.EXECUTING, Customer.AFTER_SALE]


async def test_events_out_of_order_and_twice_end_in_the_same_phase(clerk: Clerk) -> None:
    for seed in range(5):
        made = await clerk.customer(f"客户{seed}")
        first, second = Deal(made.id), Deal(made.id)
        facts = [first.signed(), second.signed(), first.fulfilled(end_date=NEXT_MONTH), second.fulfilled()]
        await clerk.deliver(*facts, seed=seed)
        assert (await clerk.get(made.id)).phase == Customer.AFTER_SALE


async def test_a_second_active_contract_keeps_a_customer_executing(clerk: Clerk) -> None:
    made = await clerk.customer()
    first, second = Deal(made.id), Deal(made.id)
    await clerk.deliver(first.signed(), second.signed(), first.fulfilled())
    assert (await clerk.get(made.id)).phase == Customer.EXECUTING


async def test_the_calendar_expires_a_customer(clerk: Clerk) -> None:
    made = await clerk.customer()
    contract = Deal(made.id)
    await clerk.deliver(contract.signed(), contract.fulfilled(end_date=NEXT_MONTH, time_zone="Asia/Tokyo"))
    async with clerk.service.db.connect() as connection:
        due = (await connection.execute(select(timer.c.due_time).where(timer.c.kind == PHASE_DUE))).scalar_one()
    assert due == datetime.fromisoformat(f"{NEXT_MONTH}T15:00:00+00:00")
    async with clerk.at(due - timedelta(seconds=1)) as tx:
        await settle_phases(tx, [UUID(made.id)], by_contract=False)
    assert (await clerk.get(made.id)).phase == Customer.AFTER_SALE
    async with clerk.at(due) as tx:
        await settle_phases(tx, [UUID(made.id)], by_contract=False)
    assert (await clerk.get(made.id)).phase == Customer.EXPIRED


async def test_the_timer_of_the_calendar_moves_the_customer(clerk: Clerk) -> None:
    made = await clerk.customer()
    contract = Deal(made.id)
    await clerk.deliver(contract.signed(), contract.fulfilled(end_date=NEXT_MONTH))
    async with clerk.at(datetime.now(UTC)) as tx:
        await tx.session.execute(update(known_contract).values(end_time=days_ago(1)))
        await tx.schedule(PHASE_DUE, UUID(made.id), days_ago(1))
    assert await clerk.service.parts.timers.fire_due() == 1
    assert (await clerk.get(made.id)).phase == Customer.EXPIRED


async def test_a_phase_set_by_hand_needs_a_reason_and_ends_with_the_next_contract_event(clerk: Clerk) -> None:
    made = await clerk.customer()
    async with refused("INVALID_ARGUMENT"):
        await clerk.ask("CustomerService/SetCustomerPhase", id=made.id, phase="EXPIRED", reason=" ")
    async with refused("INVALID_ARGUMENT"):
        await clerk.ask("CustomerService/SetCustomerPhase", id=made.id, reason="why")
    set_by_hand = await clerk.ask(
        "CustomerService/SetCustomerPhase", id=made.id, phase="AFTER_SALE", reason="合同在旧系统中"
    )
    assert (set_by_hand.phase, set_by_hand.phase_reason) == (Customer.AFTER_SALE, "合同在旧系统中")
    await clerk.deliver(Deal(made.id).opportunity(sales_events.OpportunityCreated, "OPEN"))
    assert (await clerk.get(made.id)).phase == Customer.AFTER_SALE
    await clerk.deliver(Deal(made.id).signed())
    after = await clerk.get(made.id)
    assert (after.phase, after.phase_reason) == (Customer.EXECUTING, "")


async def test_an_open_opportunity_shows_on_an_expired_customer(clerk: Clerk) -> None:
    made = await clerk.customer()
    contract, deal = Deal(made.id), Deal(made.id)
    await clerk.deliver(contract.signed(), contract.contract(sales_events.ContractTerminated, "TERMINATED"))
    await clerk.deliver(deal.opportunity(sales_events.OpportunityCreated, "OPEN"))
    shown = await clerk.get(made.id)
    assert (shown.phase, shown.presale_again) == (Customer.EXPIRED, True)
    assert [one.id for one in await clerk.find(filter="presale_again = true")] == [made.id]
    await clerk.deliver(deal.opportunity(sales_events.OpportunityWon, "WON"))
    assert not (await clerk.get(made.id)).presale_again


async def test_a_moved_phase_is_told_in_the_timeline(clerk: Clerk) -> None:
    made = await clerk.customer()
    await clerk.deliver(Deal(made.id).signed())
    told = await clerk.timeline(made.id, filter='kind = "phase_changed"')
    assert [entry.summary for entry in told] == ["Phase changed: presale → executing"]

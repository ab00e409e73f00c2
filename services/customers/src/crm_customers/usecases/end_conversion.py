"""Conversion, last step: what was made becomes visible and is announced, or is gone without a trace (reliability b6)."""

from typing import Any
from uuid import UUID

from crm.customers.v1 import customers_events_pb2 as events
from sqlalchemy import delete, update

from crm_customers import queries
from crm_customers.domain.contact import Contact
from crm_customers.domain.conversion import ConversionConfirmed, ConversionUnknown, conversion, fill_blanks
from crm_customers.domain.customer import Customer
from crm_customers.usecases.appoint_main_contact import appoint, find_by_contacts
from crm_customers.usecases.prepare_contact import index_contact
from crm_customers.usecases.prepare_customer import index_customer
from crm_customers.usecases.record_consent import carry_over
from crm_customers.usecases.settle_phases import settle
from crm_customers.usecases.stand_in import mirror_person
from crm_customers.usecases.start_conversion import CREATE
from crm_kit.access import unscoped
from crm_kit.saga import call_off, guard
from crm_kit.tx import Tx

CONFIRM = "customers.confirm"


async def confirm_conversion(tx: Tx, operation_id: UUID) -> None:
    """Make both visible, or fill the blanks of what existed; announce it. A repeat changes nothing."""
    if not await guard(tx, operation_id, CONFIRM):
        return
    made = await queries.conversion_of(tx, operation_id)
    if made is None or made.state != "open":
        raise ConversionUnknown(operation_id=operation_id)
    # Both exist: an open conversion keeps them from being removed.
    customer = await queries.locked_customer(tx, made.customer_id)
    contact = await queries.half_made_contact(tx, made.contact_id)
    assert customer is not None
    assert contact is not None
    await tx.reveal(customer, contact)
    latest_contact = await queries.latest_contact(tx, customer.id)
    customer.pending_operation_id = contact.pending_operation_id = None
    if made.made_customer:
        customer.last_contact_time = latest_contact
        tx.publish(customer, events.CustomerCreated())
    elif fill_blanks(customer, made.customer_fills or {}):
        await tx.reveal(customer)
        index_customer(customer, await queries.search_of_contacts(tx, customer.id))
        tx.publish(customer, events.CustomerUpdated())
    if customer.is_person:
        await mirror_person(tx, customer)
    await _confirm_contact(tx, made, customer, contact)
    await settle(tx, [customer], by_contract=False)
    await _end(tx, operation_id, "confirmed")


async def cancel_conversion(tx: Tx, operation_id: UUID) -> None:
    """Remove what the operation made and nothing else; a create that arrives later is refused."""
    if not await call_off(tx, operation_id, CREATE):
        return
    made = await queries.conversion_of(tx, operation_id)
    if made is None or made.state == "confirmed":
        raise ConversionConfirmed(operation_id=operation_id)
    why = unscoped("the operation that made them takes them back")
    for entity, made_id, mine in (
        (Contact, made.contact_id, made.made_contact),
        (Customer, made.customer_id, made.made_customer),
    ):
        if mine:
            gone = delete(entity).where(entity.id == made_id, entity.pending_operation_id == operation_id)
            await tx.session.execute(gone.execution_options(**why, synchronize_session=False))
    await _end(tx, operation_id, "cancelled")


async def _confirm_contact(tx: Tx, made: Any, customer: Customer, contact: Contact) -> None:
    fills = dict(made.contact_fills or {})
    carried = carry_over(tx, contact, fills.pop("opt_outs", ()), proof=f"lead {made.lead_id}")
    if made.made_contact and made.made_customer:
        _announce(tx, contact)
    elif made.made_contact:
        if customer.main_contact_id is None:
            await appoint(tx, customer, contact)
        _announce(tx, contact)
        await find_by_contacts(tx, customer)
    elif fill_blanks(contact, fills) or (carried and not contact.is_shadow):
        await tx.reveal(contact)
        index_contact(contact)
        tx.publish(contact, events.ContactUpdated())
        await find_by_contacts(tx, customer)


def _announce(tx: Tx, contact: Contact) -> None:
    if not contact.is_shadow:
        tx.publish(contact, events.ContactCreated())


async def _end(tx: Tx, operation_id: UUID, state: str) -> None:
    mine = conversion.c.operation_id == operation_id
    ended = {"state": state, "end_time": tx.now, "customer_fills": None, "contact_fills": None}
    await tx.session.execute(update(conversion).where(mine).values(**ended))

"""Conversion, first step: customer and contact are made invisible, or what exists is reserved (domain rule 2.10, b6)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from crm_customers import queries
from crm_customers.domain.contact import Contact
from crm_customers.domain.conversion import CONTACT_FILLS, CUSTOMER_FILLS, conversion, offers
from crm_customers.domain.customer import Customer
from crm_customers.usecases.create_customer import enter
from crm_customers.usecases.prepare_contact import prepare_contact
from crm_customers.usecases.prepare_customer import prepare_customer
from crm_customers.usecases.stand_in import stand_in
from crm_kit.errors import InvalidArgument
from crm_kit.privacy import seal_values
from crm_kit.saga import guard
from crm_kit.tx import Tx

CREATE = "customers.create"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a lead is to become: a new customer and contact under ids chosen by the caller, or existing ones."""

    operation_id: UUID
    lead_id: UUID
    customer: Customer
    contact: Contact | None = None
    existing_customer_id: UUID | None = None
    existing_contact_id: UUID | None = None


async def start_conversion(tx: Tx, wanted: Conversion) -> tuple[UUID, UUID]:
    """The ids of customer and contact the conversion goes on with; a repeat is answered alike.

    Raises OperationCancelled when it was called off before, NotFound for an existing customer that is hidden or gone.
    """
    if not await guard(tx, wanted.operation_id, CREATE):
        made = await queries.conversion_of(tx, wanted.operation_id)
        assert made is not None
        return made.customer_id, made.contact_id
    prepare_customer(wanted.customer, lenient=True)
    if wanted.contact is not None:
        prepare_contact(tx, wanted.contact, wanted.customer.country_code, lenient=True)
    if wanted.existing_customer_id is None:
        customer, contact = await _make(tx, wanted)
    else:
        customer = await tx.load(Customer, wanted.existing_customer_id)
        await tx.reveal(customer)
        contact = await _join(tx, wanted, customer)
    await _remember(tx, wanted, customer, contact)
    return customer.id, contact.id


async def _make(tx: Tx, wanted: Conversion) -> tuple[Customer, Contact]:
    customer = wanted.customer
    customer.lead_id, customer.pending_operation_id = wanted.lead_id, wanted.operation_id
    if customer.is_person:
        await enter(tx, customer)
        contact_id = wanted.contact.id if wanted.contact else None
        return customer, stand_in(tx, customer, contact_id, operation_id=wanted.operation_id)
    await enter(tx, customer, [wanted.contact] if wanted.contact else ())
    contact = _add_contact(tx, wanted, customer)
    contact.is_main, customer.main_contact_id = True, contact.id
    return customer, contact


async def _join(tx: Tx, wanted: Conversion, customer: Customer) -> Contact:
    """The contact at an existing customer: an existing one, the person itself, or a new colleague."""
    existing_id = wanted.existing_contact_id
    if existing_id is None and customer.is_person and wanted.contact is None:
        existing_id = customer.main_contact_id
    if existing_id is not None:
        contact = await tx.load(Contact, existing_id)
        if contact.customer_id != customer.id:
            raise InvalidArgument.of(
                "existing_contact_id", "NOT_A_CONTACT", "Name a contact of this customer.", "请指定该客户的联系人。"
            )
        return contact
    if customer.is_person and wanted.contact is not None:
        # The caller's deals will point to this id, so it stands in for the same person once more.
        return stand_in(tx, customer, wanted.contact.id, operation_id=wanted.operation_id)
    return _add_contact(tx, wanted, customer)


def _add_contact(tx: Tx, wanted: Conversion, customer: Customer) -> Contact:
    contact = wanted.contact
    if contact is None:
        raise InvalidArgument.of("contact", "REQUIRED", "An organisation needs a contact.", "组织客户需要提供联系人。")
    contact.customer_id, contact.lead_id = customer.id, wanted.lead_id
    contact.owner_id, contact.unit_path = customer.owner_id, customer.unit_path
    contact.pending_operation_id = wanted.operation_id
    tx.add(contact)
    return contact


async def _remember(tx: Tx, wanted: Conversion, customer: Customer, contact: Contact) -> None:
    made_customer = customer is wanted.customer
    made_contact = contact.pending_operation_id == wanted.operation_id
    fills: dict[str, Any] = {}
    if not made_customer:
        fills["customer_fills"] = await seal_values(tx, customer, offers(wanted.customer, CUSTOMER_FILLS))
    offered: dict[str, Any] = {}
    if not made_contact and wanted.contact is not None and not contact.is_shadow:
        offered = await seal_values(tx, contact, offers(wanted.contact, CONTACT_FILLS))
    if wanted.contact is not None and wanted.contact.opt_outs:
        # Entered in the ledger once the contact is there to be seen.
        offered["opt_outs"], wanted.contact.opt_outs = wanted.contact.opt_outs, []
    if offered:
        fills["contact_fills"] = offered
    await tx.session.execute(
        insert(conversion).values(
            operation_id=wanted.operation_id,
            lead_id=wanted.lead_id,
            customer_id=customer.id,
            contact_id=contact.id,
            made_customer=made_customer,
            made_contact=made_contact,
            state="open",
            create_time=tx.now,
            **fills,
        )
    )

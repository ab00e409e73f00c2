"""Update: edited facts are checked like entered ones; contacts and follow-ups go where their customer goes."""

from collections.abc import Mapping
from typing import Any

from crm.customers.v1 import customers_events_pb2 as events
from sqlalchemy import update

from crm_customers import queries
from crm_customers.domain.customer import Customer
from crm_customers.domain.follow_up import FollowUp
from crm_customers.domain.naming import code_faults
from crm_customers.usecases.place_customer import place_customer
from crm_customers.usecases.prepare_customer import give_mnemonic, index_customer, prepare_customer
from crm_customers.usecases.stand_in import mirror_person
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, StaleEtag
from crm_kit.tx import Tx, parse_id


async def open_customer(tx: Tx, id: str, etag: str, values: Mapping[str, Any]) -> Customer:
    """The customer under lock. Who moves it in the tree first waits for others who change the tree."""
    moves = "parent_id" in values and await queries.parent_of(tx, parse_id(Customer, id)) != values["parent_id"]
    if moves:
        await queries.hold_hierarchy(tx, to_move=True)
    customer = await tx.load(Customer, id, etag=etag)
    await tx.reveal(customer)
    if not moves and "parent_id" in values and customer.parent_id != values["parent_id"]:
        # Somebody placed it elsewhere between the two reads.
        raise StaleEtag(etag=customer.etag)
    return customer


async def update_customer(tx: Tx, customer: Customer, changed: set[str]) -> Customer:
    """Check what the edit touched; ``customer`` already has the new values."""
    if not changed:
        return customer
    if "code" in changed and (wrong := code_faults(customer.code)):
        raise InvalidArgument(wrong)
    prepare_customer(customer)
    if not customer.code:
        raise InvalidArgument.of("code", "REQUIRED", "A customer keeps a code.", "客户编号不能为空。")
    # Before the queries below flush what was edited: one edit is one version.
    tx.publish(customer, events.CustomerUpdated())
    if changed & {"name", "mnemonic"}:
        await give_mnemonic(tx, customer)
    if "parent_id" in changed:
        await place_customer(tx, customer)
    if "owner_id" in changed:
        await _take_along(tx, customer)
    if customer.is_person:
        await mirror_person(tx, customer)
    index_customer(customer, await queries.search_of_contacts(tx, customer.id))
    return customer


async def _take_along(tx: Tx, customer: Customer) -> None:
    """Who looks after the customer looks after its contacts and sees what was said."""
    customer.owner_id = customer.owner_id or tx.principal.user_id
    for contact in await queries.contacts_of(tx, customer.id):
        contact.owner_id = customer.owner_id
        if not contact.is_shadow:
            tx.publish(contact, events.ContactUpdated())
    why = unscoped("all follow-ups of the customer at hand")
    statement = update(FollowUp).where(FollowUp.customer_id == customer.id).values(owner_id=customer.owner_id)
    await tx.session.execute(statement.execution_options(**why, synchronize_session=False))

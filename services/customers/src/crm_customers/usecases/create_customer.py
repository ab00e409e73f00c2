"""Create: a customer is entered by hand (C4); a person gets the contact that stands in for it (domain rule 3.1)."""

from collections.abc import Sequence

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers import queries
from crm_customers.domain.contact import Contact
from crm_customers.domain.customer import Customer
from crm_customers.domain.timeline import Entry
from crm_customers.usecases.place_customer import place_customer
from crm_customers.usecases.prepare_customer import give_names, index_customer, prepare_customer
from crm_customers.usecases.record_timeline import record_timeline
from crm_customers.usecases.stand_in import stand_in
from crm_kit.privacy import marks
from crm_kit.tx import Tx


async def create_customer(tx: Tx, customer: Customer) -> Customer:
    """The customer with its names, its place in the tree and, for a person, its contact."""
    prepare_customer(customer)
    if customer.parent_id is not None:
        await queries.hold_hierarchy(tx, to_move=False)
        await place_customer(tx, customer)
    await enter(tx, customer)
    if customer.is_person:
        stand_in(tx, customer)
    tx.publish(customer, events.CustomerCreated())
    await record_timeline(
        tx,
        [
            Entry(
                id=tx.new_id(),
                customer_id=customer.id,
                occur_time=tx.now,
                kind="customer_created",
                actor=tx.principal.actor,
                source_event_type=events.CustomerCreated.DESCRIPTOR.full_name,
                subject_type="customer",
                subject_id=customer.id,
                facts={"number": customer.code, "name": customer.name},
            )
        ],
    )
    return customer


async def enter(tx: Tx, customer: Customer, contacts: Sequence[Contact] = ()) -> None:
    """Give owner, unit, code and mnemonic where they are missing, and add the customer.

    ``contacts``: its first one, by which it is found too.
    """
    customer.owner_id = customer.owner_id or tx.principal.user_id
    customer.unit_path = customer.unit_path or tx.principal.unit_path
    await give_names(tx, customer)
    index_customer(customer, contacts)
    for contact in contacts:
        customer.search_grams = sorted({*customer.search_grams, *await marks(tx, contact)})
    tx.add(customer)

"""Delete: a customer goes with its contacts, unless something would be left without it."""

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers import queries
from crm_customers.domain.customer import Customer, in_use
from crm_customers.usecases.settle_phases import PHASE_DUE
from crm_kit.tx import Tx


async def delete_customer(tx: Tx, id: str, *, etag: str = "") -> None:
    """Remove the customer and its contacts; CustomerInUse says what must be settled first."""
    customer = await tx.load(Customer, id, etag=etag)
    if why := await queries.uses_of_customer(tx, customer.id):
        raise in_use(customer.id, why)
    for contact in await queries.contacts_of(tx, customer.id):
        contact.delete_time = tx.now
        if not contact.is_shadow:
            tx.publish(contact, events.ContactDeleted())
    customer.delete_time = tx.now
    await tx.cancel_timer(PHASE_DUE, customer.id)
    tx.publish(customer, events.CustomerDeleted())

"""Who leads a customer's contacts, and how contacts make their customer findable. The customer is always locked."""

from crm.customers.v1 import customers_events_pb2 as events
from crm_kit.access import unscoped
from crm_kit.tx import Tx
from sqlalchemy import update

from crm_customers import queries
from crm_customers.domain.contact import Contact, next_main
from crm_customers.domain.customer import Customer
from crm_customers.usecases.prepare_customer import index_customer


async def appoint(tx: Tx, customer: Customer, contact: Contact | None) -> Contact | None:
    """Make the contact the main one, or nobody; answers who was it before. Announces the change of the customer."""
    previous = None
    if customer.main_contact_id is not None:
        previous = await queries.half_made_contact(tx, customer.main_contact_id)
    tx.publish(customer, events.MainContactChanged(previous_contact_id=str(customer.main_contact_id or "")))
    if previous is not None:
        previous.is_main = False
        # Before the next one is appointed: the database allows one main contact at every moment.
        await tx.session.flush()
    customer.main_contact_id = contact.id if contact is not None else None
    if contact is not None:
        contact.is_main = True
    return previous


async def appoint_next(tx: Tx, customer: Customer) -> None:
    """The main contact is gone: the best classification follows, then the one known longest."""
    following = next_main(await queries.contacts_of(tx, customer.id, also_shadows=False))
    await appoint(tx, customer, following)
    if following is not None:
        tx.publish(following, events.ContactUpdated())


async def find_by_contacts(tx: Tx, customer: Customer) -> None:
    """The customer is found by its contacts as they are now. Its etag stays: nobody's edit of it is in the way."""
    await tx.session.flush()
    index_customer(customer, await queries.reach_of_contacts(tx, customer.id))

"""Exactly one main contact (主联系人) per customer with contacts (domain rule 3.7). The customer is always locked first."""

from crm.customers.v1 import customers_events_pb2 as events
from sqlalchemy import update

from crm_customers import queries
from crm_customers.domain.contact import Contact, PersonIsMainContact, next_main
from crm_customers.domain.customer import Customer
from crm_customers.usecases.prepare_customer import searchable
from crm_kit.access import unscoped
from crm_kit.privacy import marks
from crm_kit.tx import Tx


async def make_main_contact(tx: Tx, id: str, *, etag: str = "") -> Contact:
    """The contact takes the place of the present main one."""
    customer, contact = await queries.contact_to_change(tx, id, etag=etag)
    if contact.is_main:
        return contact
    if customer.is_person:
        raise PersonIsMainContact(customer_id=customer.id)
    previous = await appoint(tx, customer, contact)
    for one in (previous, contact):
        if one is not None:
            tx.publish(one, events.ContactUpdated())
    return contact


async def appoint(tx: Tx, customer: Customer, contact: Contact | None) -> Contact | None:
    """Make the contact the main one, or nobody; announces it and answers who was it before."""
    previous = None
    tx.publish(customer, events.MainContactChanged(previous_contact_id=str(customer.main_contact_id or "")))
    if customer.main_contact_id is not None:
        previous = await queries.half_made_contact(tx, customer.main_contact_id)
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
    """The customer is found by its contacts as they are now. Its etag stays: this is in the way of nobody's edit."""
    await tx.reveal(customer)
    text, found = searchable(customer, await queries.search_of_contacts(tx, customer.id))
    grams = sorted({*found, *await marks(tx, customer)})
    if (text, grams) == (customer.search_text, customer.search_grams):
        return
    statement = update(Customer).where(Customer.id == customer.id).values(search_text=text, search_grams=grams)
    why = unscoped("the customer at hand")
    await tx.session.execute(statement.execution_options(**why, synchronize_session=False))

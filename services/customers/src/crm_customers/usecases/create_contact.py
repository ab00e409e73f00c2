"""Create a contact: a person enters a customer; the first one is its main contact (domain rule 3.7, C14)."""

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers.domain.contact import Contact
from crm_customers.domain.customer import Customer
from crm_customers.usecases.appoint_main_contact import appoint, find_by_contacts
from crm_customers.usecases.prepare_contact import check_superior, prepare_contact
from crm_customers.usecases.record_consent import opt_out
from crm_kit.tx import Tx


async def create_contact(tx: Tx, contact: Contact) -> Contact:
    """The contact, under its customer's owner and unit."""
    customer = await tx.load(Customer, contact.customer_id)
    prepare_contact(tx, contact, customer.country_code)
    await check_superior(tx, contact)
    contact.owner_id, contact.unit_path = customer.owner_id, customer.unit_path
    tx.add(contact)
    if customer.main_contact_id is None:
        await appoint(tx, customer, contact)
    opt_out(tx, contact, contact.opt_outs, source="contact")
    await find_by_contacts(tx, customer)
    tx.publish(contact, events.ContactCreated())
    return contact

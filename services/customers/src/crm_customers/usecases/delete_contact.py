"""Delete a contact: its reports go to its superior, and another main contact follows (domain rule 3.7)."""

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers import queries
from crm_customers.domain.contact import ContactInConversion, ContactStandsInForCustomer
from crm_customers.usecases.appoint_main_contact import appoint_next, find_by_contacts
from crm_kit.tx import Tx


async def delete_contact(tx: Tx, id: str, *, etag: str = "") -> None:
    """Remove the contact."""
    customer, contact = await queries.contact_to_change(tx, id, etag=etag)
    if contact.is_shadow:
        raise ContactStandsInForCustomer(id=contact.id, customer_id=contact.customer_id)
    if await queries.contact_in_conversion(tx, customer.id, contact.id):
        raise ContactInConversion(id=contact.id)
    for report in await queries.contacts_of(tx, customer.id, also_shadows=False):
        if report.reports_to_id == contact.id:
            report.reports_to_id = contact.reports_to_id
            tx.publish(report, events.ContactUpdated())
    contact.delete_time, contact.is_main = tx.now, False
    tx.publish(contact, events.ContactDeleted())
    if customer.main_contact_id == contact.id:
        await appoint_next(tx, customer)
    await find_by_contacts(tx, customer)

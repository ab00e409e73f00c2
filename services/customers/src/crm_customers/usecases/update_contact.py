"""Update a contact: edited facts are checked like entered ones."""

from collections.abc import Callable

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers import queries
from crm_customers.domain.contact import Contact, ContactStandsInForCustomer
from crm_customers.usecases.appoint_main_contact import find_by_contacts
from crm_customers.usecases.prepare_contact import check_superior, prepare_contact
from crm_customers.usecases.record_consent import keep_opt_outs
from crm_kit.tx import Tx


async def update_contact(tx: Tx, id: str, etag: str, apply: Callable[[Contact], set[str]]) -> Contact:
    """The contact after ``apply``, which sets the new values and answers what they changed."""
    customer, contact = await queries.contact_to_change(tx, id, etag=etag)
    if contact.is_shadow:
        raise ContactStandsInForCustomer(id=contact.id, customer_id=contact.customer_id)
    await tx.reveal(contact)
    before = list(contact.opt_outs)
    changed = apply(contact)
    if not changed:
        return contact
    prepare_contact(tx, contact, customer.country_code)
    keep_opt_outs(tx, contact, before)
    if "reports_to_id" in changed:
        await check_superior(tx, contact)
    await find_by_contacts(tx, customer)
    tx.publish(contact, events.ContactUpdated())
    return contact

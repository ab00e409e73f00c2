"""Forget a person: contacts leave their customer, person customers stay as a code for what is kept of them (8.8)."""

from collections.abc import Sequence
from uuid import UUID

from crm.customers.v1 import customers_events_pb2 as events
from sqlalchemy import select

from crm_customers import queries
from crm_customers.domain.contact import Contact
from crm_customers.usecases.delete_contact import delete_contact
from crm_kit.access import unscoped
from crm_kit.filtering import search_text
from crm_kit.tx import Tx

CONTACT_TEXTS = (
    *("name", "salutation", "gender", "department", "job_title", "phone", "mobile", "email", "messenger"),
    *("home_address", "hobbies", "remark"),
)
CUSTOMER_TEXTS = (
    *("mnemonic", "credit_code", "phone", "email", "fax", "website", "postal_code", "address", "gender", "remark"),
)
_WHY = unscoped("a person is forgotten in every unit")


async def forget_contacts(tx: Tx, ids: Sequence[UUID]) -> None:
    """Those that are still there are emptied and deleted as users do it, so that a main contact is followed."""
    there = select(Contact).where(Contact.id.in_(ids), Contact.delete_time.is_(None), Contact.is_shadow.is_(False))
    found = (await tx.session.execute(there.order_by(Contact.id).execution_options(**_WHY))).scalars().all()
    for contact in found:
        for name in CONTACT_TEXTS:
            setattr(contact, name, "")
        contact.birth_date, contact.opt_outs, contact.custom_fields = None, [], {}
        contact.search_text, contact.search_grams = "", []
        await delete_contact(tx, str(contact.id))


async def forget_customers(tx: Tx, ids: Sequence[UUID]) -> None:
    """A person customer is called by its code from now on; those who keep its name are told."""
    for customer in await queries.locked_customers(tx, ids):
        for name in CUSTOMER_TEXTS:
            setattr(customer, name, "")
        customer.name, customer.name_key = customer.code, customer.code.lower()
        customer.tags, customer.custom_fields = [], {}
        customer.search_text, customer.search_grams = search_text(customer.code), []
        tx.publish(customer, events.CustomerUpdated())

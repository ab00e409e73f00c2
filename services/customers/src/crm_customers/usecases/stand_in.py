"""The contact of a person customer: deals and tickets point to it, lists never show it (domain rule 3.1)."""

from uuid import UUID

from crm_customers import queries
from crm_customers.domain.contact import Contact
from crm_customers.domain.customer import Customer
from crm_customers.usecases.prepare_contact import index_contact
from crm_kit.tx import Tx


def stand_in(tx: Tx, customer: Customer, id: UUID | None = None, *, operation_id: UUID | None = None) -> Contact:
    """One more contact that is the person itself; the first one is the main contact."""
    contact = Contact(
        id=id or tx.new_id(),
        customer_id=customer.id,
        owner_id=customer.owner_id,
        unit_path=customer.unit_path,
        pending_operation_id=operation_id,
        lead_id=customer.lead_id,
        is_main=customer.main_contact_id is None,
        is_shadow=True,
        **customer.reach(),
    )
    index_contact(contact)
    customer.main_contact_id = customer.main_contact_id or contact.id
    return tx.add(contact)


async def mirror_person(tx: Tx, customer: Customer) -> None:
    """What stands in for a person says what the person says."""
    for contact in await queries.contacts_of(tx, customer.id):
        if contact.is_shadow:
            await tx.reveal(contact)
            for field, value in customer.reach().items():
                setattr(contact, field, value)
            index_contact(contact)

"""crm.customers.v1.ContactService."""

from crm.customers.v1 import contact_pb2
from crm.customers.v1 import contact_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_customers import mappings
from crm_customers.domain.contact import Contact
from crm_customers.usecases.appoint_main_contact import make_main_contact
from crm_customers.usecases.create_contact import create_contact
from crm_customers.usecases.delete_contact import delete_contact
from crm_customers.usecases.prepare_contact import SEARCHED
from crm_customers.usecases.update_contact import update_contact
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

FILTERS = (
    "customer_id",
    "name",
    "salutation",
    "gender",
    "department",
    "job_title",
    "classification",
    "is_main",
    "reports_to_id",
    "phone",
    "mobile",
    "email",
    "messenger",
    "birth_date",
    "opt_outs",
    "lead_id",
    "owner_id",
    "unit_path",
    "create_time",
    "update_time",
)

contacts = Resource(mappings.contact, filters=FILTERS, search=SEARCHED)


class ContactService:
    """People at customers."""

    GetContact = contacts.get

    async def CreateContact(self, request: pb.CreateContactRequest, call: Call) -> contact_pb2.Contact:
        entered = await contacts.read(call, request.contact)
        async with begin(call) as tx:
            contact = await create_contact(tx, entered)
        return contacts.write(contact)

    async def ListContacts(self, request: pb.ListContactsRequest, call: Call) -> pb.ListContactsResponse:
        page: pb.ListContactsResponse = await contacts.page(request, call, Contact.is_shadow.is_(False))
        return page

    async def UpdateContact(self, request: pb.UpdateContactRequest, call: Call) -> contact_pb2.Contact:
        values = await contacts.changes(call, request.contact, request.update_mask.paths)
        async with begin(call) as tx:
            contact = await update_contact(
                tx, request.contact.id, request.contact.etag, lambda found: contacts.apply(found, values)
            )
        return contacts.write(contact)

    async def DeleteContact(self, request: pb.DeleteContactRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_contact(tx, request.id, etag=request.etag)
        return Empty()

    async def MakeMainContact(self, request: pb.MakeMainContactRequest, call: Call) -> contact_pb2.Contact:
        async with begin(call) as tx:
            contact = await make_main_contact(tx, request.id, etag=request.etag)
        return contacts.write(contact)

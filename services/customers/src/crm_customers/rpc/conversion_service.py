"""crm.customers.v1.ConversionService."""

from crm.customers.v1 import conversion_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_customers.domain.contact import Contact
from crm_customers.domain.customer import Customer
from crm_customers.rpc.arguments import reference, required
from crm_customers.rpc.contact_service import contacts
from crm_customers.rpc.customer_service import customers
from crm_customers.usecases.end_conversion import cancel_conversion, confirm_conversion
from crm_customers.usecases.start_conversion import Conversion, start_conversion
from crm_kit.call import Call
from crm_kit.tx import begin


class ConversionService:
    """The part of customers in turning a lead into a customer, contact and deal."""

    async def CreateForConversion(
        self, request: pb.CreateForConversionRequest, call: Call
    ) -> pb.CreateForConversionResponse:
        wanted = Conversion(
            operation_id=required("operation_id", request.operation_id),
            lead_id=required("lead_id", request.lead_id),
            customer=await _customer(request, call),
            contact=await _contact(request, call) if request.HasField("contact") else None,
            existing_customer_id=reference("existing_customer_id", request.existing_customer_id),
            existing_contact_id=reference("existing_contact_id", request.existing_contact_id),
        )
        async with begin(call) as tx:
            customer_id, contact_id = await start_conversion(tx, wanted)
        return pb.CreateForConversionResponse(customer_id=str(customer_id), contact_id=str(contact_id))

    async def ConfirmConversion(self, request: pb.ConfirmConversionRequest, call: Call) -> Empty:
        operation_id = required("operation_id", request.operation_id)
        async with begin(call) as tx:
            await confirm_conversion(tx, operation_id)
        return Empty()

    async def CancelConversion(self, request: pb.CancelConversionRequest, call: Call) -> Empty:
        operation_id = required("operation_id", request.operation_id)
        async with begin(call) as tx:
            await cancel_conversion(tx, operation_id)
        return Empty()


async def _customer(request: pb.CreateForConversionRequest, call: Call) -> Customer:
    customer = await customers.read(call, request.customer)
    customer.id = required("customer.id", request.customer.id)
    customer.unit_path = request.customer.unit_path
    return customer


async def _contact(request: pb.CreateForConversionRequest, call: Call) -> Contact:
    if not request.contact.customer_id:
        request.contact.customer_id = request.customer.id
    contact = await contacts.read(call, request.contact)
    contact.id = required("contact.id", request.contact.id)
    return contact

"""crm.customers.v1.CustomerService."""

from crm.customers.v1 import customer_pb2
from crm.customers.v1 import customer_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_customers import mappings
from crm_customers.usecases.assign_territories import assign_territories
from crm_customers.usecases.create_customer import create_customer
from crm_customers.usecases.delete_customer import delete_customer
from crm_customers.usecases.prepare_customer import SEARCHED
from crm_customers.usecases.settle_phases import set_phase
from crm_customers.usecases.update_customer import open_customer, update_customer
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.resource import Resource
from crm_kit.tx import begin

FILTERS = (
    "code",
    "type",
    "name",
    "mnemonic",
    "parent_id",
    "ancestor_ids",
    "credit_code",
    "industry",
    "headcount",
    "source",
    "kind",
    "value_rating",
    "credit_rating",
    "relationship_level",
    "phase",
    "presale_again",
    "phone",
    "email",
    "country_code",
    "province",
    "city",
    "postal_code",
    "gender",
    "tags",
    "territory_ids",
    "assigned_territory_codes",
    "territory_excluded",
    "owner_id",
    "unit_path",
    "lead_id",
    "main_contact_id",
    "last_contact_time",
    "create_time",
    "update_time",
)

customers = Resource(mappings.customer, filters=FILTERS, search=SEARCHED)


class CustomerService:
    """Customers: organisations and persons, their hierarchy and their phase."""

    GetCustomer = customers.get
    ListCustomers = customers.list

    async def CreateCustomer(self, request: pb.CreateCustomerRequest, call: Call) -> customer_pb2.Customer:
        entered = await customers.read(call, request.customer)
        async with begin(call) as tx:
            customer = await create_customer(tx, entered)
        return customers.write(customer)

    async def UpdateCustomer(self, request: pb.UpdateCustomerRequest, call: Call) -> customer_pb2.Customer:
        values = await customers.changes(call, request.customer, request.update_mask.paths)
        async with begin(call) as tx:
            customer = await open_customer(tx, request.customer.id, request.customer.etag, values)
            await update_customer(tx, customer, customers.apply(customer, values))
        return customers.write(customer)

    async def DeleteCustomer(self, request: pb.DeleteCustomerRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_customer(tx, request.id, etag=request.etag)
        return Empty()

    async def SetCustomerPhase(self, request: pb.SetCustomerPhaseRequest, call: Call) -> customer_pb2.Customer:
        phases = customer_pb2.Customer.Phase
        if request.phase not in phases.values() or not request.phase:
            known = ", ".join(phases.keys()[1:])
            raise InvalidArgument.of("phase", "UNKNOWN_VALUE", f"Choose one of {known}.", f"请选择：{known}。")
        async with begin(call) as tx:
            customer = await set_phase(tx, request.id, phases.Name(request.phase), request.reason, etag=request.etag)
        return customers.write(customer)

    async def AssignCustomerTerritories(
        self, request: pb.AssignCustomerTerritoriesRequest, call: Call
    ) -> customer_pb2.Customer:
        async with begin(call) as tx:
            customer = await assign_territories(
                tx, request.id, request.territory_codes, excluded=request.excluded, etag=request.etag
            )
        return customers.write(customer)

"""crm.customers.v1.FollowUpService."""

from crm.customers.v1 import follow_up_pb2
from crm.customers.v1 import follow_up_service_pb2 as pb

from crm_customers import mappings
from crm_customers.domain.follow_up import FollowUp
from crm_customers.usecases.log_follow_up import log_follow_up
from crm_kit.call import Call
from crm_kit.resource import Resource, read_one
from crm_kit.tx import begin

FILTERS = (
    "customer_id",
    "contact_id",
    "opportunity_id",
    "kind",
    "direction",
    "outcome",
    "occur_time",
    "next_time",
    "author_id",
    "create_time",
)

follow_ups = Resource(mappings.follow_up, filters=FILTERS, order="occur_time desc")


class FollowUpService:
    """Contact moments with customers, logged by hand."""

    async def CreateFollowUp(self, request: pb.CreateFollowUpRequest, call: Call) -> follow_up_pb2.FollowUp:
        entered = await follow_ups.read(call, request.follow_up)
        async with begin(call) as tx:
            follow_up = await log_follow_up(tx, entered)
        return follow_ups.write(follow_up)

    async def ListFollowUps(self, request: pb.ListFollowUpsRequest, call: Call) -> pb.ListFollowUpsResponse:
        customer = await read_one(call, mappings.customer.full_name, request.customer_id)
        mine = FollowUp.customer_id == customer.id
        page: pb.ListFollowUpsResponse = await follow_ups.page(request, call, mine, parent=customer.id)
        return page

    async def ListAllFollowUps(self, request: pb.ListAllFollowUpsRequest, call: Call) -> pb.ListAllFollowUpsResponse:
        page: pb.ListAllFollowUpsResponse = await follow_ups.page(request, call)
        return page

"""crm.customers.v1.TimelineService."""

from uuid import UUID

from crm.customers.v1 import timeline_service_pb2 as pb

from crm_customers import mappings, queries
from crm_kit.call import Call
from crm_kit.resource import read_one


class TimelineService:
    """What happened with customers, gathered from all services."""

    async def ListTimeline(self, request: pb.ListTimelineRequest, call: Call) -> pb.ListTimelineResponse:
        customer = await read_one(call, mappings.customer.full_name, request.customer_id)
        rows, token = await queries.list_timeline(
            call,
            UUID(customer.id),
            filter=request.filter,
            order_by=request.order_by,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return pb.ListTimelineResponse(entries=mappings.timeline_entries(rows, call.language), next_page_token=token)

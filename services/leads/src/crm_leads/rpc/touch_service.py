"""crm.leads.v1.TouchService."""

from typing import Any

from crm.leads.v1 import touch_pb2
from crm.leads.v1 import touch_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.resource import Resource, read_one
from crm_kit.tx import begin
from crm_leads import mappings
from crm_leads.domain.touch import Touch
from crm_leads.usecases.log_touch import log_touch

touches = Resource(mappings.touch, filters=("kind", "direction", "outcome", "occur_time"), order="occur_time desc")


class TouchService:
    """Contact moments with leads."""

    async def CreateTouch(self, request: pb.CreateTouchRequest, call: Call) -> touch_pb2.Touch:
        touch = await touches.read(call, request.touch)
        async with begin(call) as tx:
            await log_touch(tx, touch)
        return touches.write(touch)

    async def ListTouches(self, request: pb.ListTouchesRequest, call: Call) -> Any:
        lead = await read_one(call, mappings.lead.full_name, request.lead_id)
        return await touches.page(request, call, Touch.lead_id == lead.id, parent=lead.id)

"""crm.marketing.v1.TouchpointService."""

from crm.marketing.v1 import touchpoint_pb2
from crm.marketing.v1 import touchpoint_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_marketing.mappings import touchpoints
from crm_marketing.usecases.record_touchpoints import log_touchpoint


class TouchpointService:
    """The ledger of touchpoints: what is written stays."""

    GetTouchpoint = touchpoints.get
    ListTouchpoints = touchpoints.list

    async def CreateTouchpoint(self, request: pb.CreateTouchpointRequest, call: Call) -> touchpoint_pb2.Touchpoint:
        touchpoint = await touchpoints.read(call, request.touchpoint)
        async with begin(call) as tx:
            await log_touchpoint(tx, touchpoint)
        return touchpoints.write(touchpoint)

"""crm.ops.v1.RestrictionService, the same in every service, over what its resources are filtered by."""

from crm.ops.v1 import restriction_service_pb2 as pb

from crm_kit import restrictions
from crm_kit.call import Call


class RestrictionService:
    """Answers for the records of this service."""

    async def CheckRestriction(self, request: pb.CheckRestrictionRequest, call: Call) -> pb.CheckRestrictionResponse:
        found = restrictions.faults(request.resource, request.filter, call.principal.field_rules)
        return pb.CheckRestrictionResponse(
            faults=[
                pb.CheckRestrictionResponse.Fault(field=one.field, reason=one.reason, en=one.en, zh=one.zh)
                for one in found
            ]
        )

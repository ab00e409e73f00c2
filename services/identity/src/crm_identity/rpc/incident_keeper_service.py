"""crm.ops.v1.IncidentKeeperService."""

from crm.ops.v1 import incident_keeper_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity.domain.incident import IncidentOfAnother
from crm_identity.usecases.keep_incidents import KeptIncidents
from crm_kit.call import Call


class IncidentKeeperService:
    """Keeps what other services tell of themselves."""

    def __init__(self, kept: KeptIncidents) -> None:
        self._kept = kept

    async def KeepIncidents(self, request: pb.KeepIncidentsRequest, call: Call) -> Empty:
        if call.principal.issuer != request.service:
            raise IncidentOfAnother(permission="ops.incident.keep", service=request.service)
        await self._kept.keep(call, request.service, request.kinds)
        return Empty()

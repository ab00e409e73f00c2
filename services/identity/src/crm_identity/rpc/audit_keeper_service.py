"""crm.ops.v1.AuditKeeperService."""

from crm.ops.v1 import audit_keeper_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity.domain.kept_audit_head import AuditHeadNotSigned
from crm_identity.usecases.keep_audit_head import KeptAuditHeads
from crm_kit.call import Call


class AuditKeeperService:
    """Keeps the heads that other services sign."""

    def __init__(self, kept: KeptAuditHeads) -> None:
        self._kept = kept

    async def KeepAuditHead(self, request: pb.KeepAuditHeadRequest, call: Call) -> Empty:
        head = request.audit_head
        if call.principal.issuer != head.service:
            raise AuditHeadNotSigned(permission="ops.audit.keep", service=head.service)
        await self._kept.keep(call, head)
        return Empty()

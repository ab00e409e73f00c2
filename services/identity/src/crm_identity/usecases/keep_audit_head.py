"""Keep how far the audit chains of all services were, where those who could rewrite one cannot reach."""

import logging
from collections.abc import Sequence
from datetime import UTC

from crm.ops.v1 import audit_service_pb2 as pb
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from crm_identity.domain.kept_audit_head import AuditChainRewritten, AuditHeadNotSigned, kept_audit_head
from crm_kit.audit_chain import head_bytes, head_of
from crm_kit.call import Call
from crm_kit.keys import Keys
from crm_kit.telemetry import audit_alarms
from crm_kit.tx import begin

log = logging.getLogger(__name__)


class KeptAuditHeads:
    """The heads kept here, of this service as of all others."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def keep(self, call: Call, head: pb.AuditHead) -> None:
        """Keep it. The same head again changes nothing; AuditChainRewritten when another is kept of its position, or of a
        later one: heads come in order, so a chain that is shorter than it was lost its end.
        """
        time = head.time.ToDatetime(UTC)
        data = head_bytes(head.service, head.chain_seq, head.hash, time)
        if not self._keys.signed_by(head.service, head.key_id, head.signature, data):
            raise AuditHeadNotSigned(permission="ops.audit.keep", service=head.service)
        row = {
            "service": head.service,
            "chain_seq": head.chain_seq,
            "hash": head.hash,
            "time": time,
            "signature": head.signature,
            "key_id": head.key_id,
            "keep_time": call.now,
        }
        columns = kept_audit_head.c
        store = insert(kept_audit_head).values(row).on_conflict_do_nothing().returning(columns.chain_seq)
        theirs = columns.service == head.service
        beyond = select(columns.chain_seq).where(theirs, columns.chain_seq > head.chain_seq).limit(1)
        same = select(columns.hash).where(theirs, columns.chain_seq == head.chain_seq)
        async with begin(call) as tx:
            if (await tx.session.execute(store)).first() is None:
                rewritten = (await tx.session.execute(same)).scalar_one() != head.hash
            else:
                rewritten = (await tx.session.execute(beyond)).first() is not None
            if rewritten:
                audit_alarms.add(1, {"reason": "kept"})
                log.error("AUDIT ALARM: the chain of %s was rewritten at or after %d", head.service, head.chain_seq)
                raise AuditChainRewritten(service=head.service, chain_seq=head.chain_seq)

    async def heads(self, call: Call, service: str, after_seq: int, most: int) -> Sequence[pb.AuditHead]:
        """Kept heads of a service, oldest first."""
        columns = kept_audit_head.c
        statement = (
            select(kept_audit_head)
            .where(columns.service == service, columns.chain_seq > after_seq)
            .order_by(columns.chain_seq)
            .limit(most)
        )
        async with call.db.connect() as connection:
            return [head_of(service, row) for row in (await connection.execute(statement)).all()]

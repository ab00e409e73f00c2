"""What a process does for the trail while it serves: writes its notes, seals, hands over heads; and once more at the end."""

import asyncio

from crm.ops.v1.audit_keeper_service_pb2 import KeepAuditHeadRequest
from crm.ops.v1.audit_service_pb2 import AuditHead
from google.protobuf.empty_pb2 import Empty

from crm_kit.audit_sealer import Sealer
from crm_kit.audit_service import KEEP_HEAD, KEEPER, AuditKeeper
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.keys import Keys
from crm_kit.principal import system
from crm_kit.rpc.channels import Channels


class AuditWork:
    """The trail's loops of one process; only some ``seals``, all write what they noted."""

    def __init__(
        self,
        db: Database,
        service: str,
        keys: Keys,
        channels: Channels,
        keeper: AuditKeeper | None,
        *,
        seals: bool,
    ) -> None:
        self._db, self._service, self._channels, self._keeper = db, service, channels, keeper
        self._sealer = Sealer(db, service, keys, self._keep) if seals else None

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop; what was noted before is then written, sealed and signed."""
        if self._sealer is None:
            await self._db.notes.run(stop)
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._db.notes.run(stop))
            tasks.create_task(self._sealer.run(stop))
        await self._sealer.finish()

    async def _keep(self, head: AuditHead) -> None:
        """Hand a signed head to the keeper: another process, unless it is this one."""
        if self._keeper is not None:
            await self._keeper.keep(Call.for_work(self._db, kind="service", name=self._service), head)
            return
        request, principal = KeepAuditHeadRequest(audit_head=head), system("service", self._service)
        await self._channels.call(KEEPER, KEEP_HEAD, request, Empty, principal=principal)

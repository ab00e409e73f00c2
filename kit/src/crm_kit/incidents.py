"""What a service cannot put right by itself: looked for each minute, told when it begins and when it is over."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from crm.ops.v1.incident_keeper_service_pb2 import KeepIncidentsRequest
from google.protobuf.empty_pb2 import Empty

from crm_kit.backup.folder import BackupFolder
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.loops import repeat
from crm_kit.principal import system
from crm_kit.rpc.channels import Channels
from crm_kit.statement import Statement

KEEPER = "identity"
KEEP = "crm.ops.v1.IncidentKeeperService/KeepIncidents"
LOOK_SECONDS = 60.0
LATE_SECONDS = 600
"""An event that waits so long, to be sent or to be applied, does not get through by itself."""
BACKUP_HOURS = 26
"""Age of the newest of daily backups at which one was missed."""


class IncidentKeeper(Protocol):
    """Tells people; one service of the house does."""

    async def keep(self, call: Call, service: str, kinds: Sequence[str]) -> None: ...


class Incidents:
    """The look-out of one worker. ``backups``: whoever keeps incidents looks at the backups, once for all services."""

    def __init__(
        self,
        db: Database,
        service: str,
        channels: Channels,
        keeper: IncidentKeeper | None,
        backups: BackupFolder | None = None,
    ) -> None:
        self._db, self._service, self._channels, self._keeper = db, service, channels, keeper
        self._backups = backups if keeper is not None else None
        self._told: list[str] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        await repeat(self.look, stop, name="look-out for incidents")

    async def look(self) -> float:
        """Tell what goes wrong, if it is not what was told last; answers when to look again, in seconds."""
        [row] = await _WRONG.alone(self._db, late=LATE_SECONDS)
        kinds = [kind for kind in ("events_dead", "events_late", "operation_stuck") if row[kind]]
        if self._backups is not None and await asyncio.to_thread(_is_old, self._backups, datetime.now(UTC)):
            kinds.append("backup_old")
        if kinds != self._told:
            await self._tell(kinds)
            self._told = kinds
        return LOOK_SECONDS

    async def _tell(self, kinds: list[str]) -> None:
        if self._keeper is not None:
            await self._keeper.keep(Call.for_work(self._db, kind="service", name=self._service), self._service, kinds)
            return
        request = KeepIncidentsRequest(service=self._service, kinds=kinds)
        principal = system("service", self._service)
        await self._channels.call(KEEPER, KEEP, request, Empty, principal=principal)


def _is_old(folder: BackupFolder, now: datetime) -> bool:
    """Whether backups were made and no longer are; where there never was one, they are made by other means."""
    newest = next(iter(folder.all()), None)
    return newest is not None and newest.age(now) > BACKUP_HOURS * 3600


_WRONG = Statement("""
    SELECT EXISTS (SELECT FROM inbox WHERE state = 'dead') AS events_dead,
           EXISTS (SELECT FROM inbox
                    WHERE state = 'parked' AND received_at < now() - make_interval(secs => CAST(:late AS integer)))
             OR EXISTS (SELECT FROM outbox
                         WHERE published_at IS NULL
                           AND occurred_at < now() - make_interval(secs => CAST(:late AS integer))) AS events_late,
           EXISTS (SELECT FROM saga WHERE state = 'stuck') AS operation_stuck
""")

"""The write-ahead log beside the backups, as it is written: with a backup it brings back any moment since.

The server keeps each segment until it is here; nothing else reads its slot.
"""

import asyncio
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from crm_kit.backup import cluster
from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.manifest import SEGMENT_SUFFIX, Manifest
from crm_kit.backup.sealed_files import CHUNK, BackupUnreadable, Readable, opened, seal

SLOT = "tributary_log"
REACHES = "reaches"
TIMELINE = 8
"""Digits of a segment's name that say in which life of the server it was written: a restore begins a new one."""
PAGE = 8192


class LogArchive:
    """Segments of the log in the subfolder ``log`` of a folder of backups, each compressed and encrypted."""

    def __init__(self, folder: BackupFolder) -> None:
        self.path = folder.path / "log"

    async def hold(self, connection: asyncpg.Connection) -> None:
        """Have the server keep its log until it is taken; a slot that fell too far behind begins anew."""
        await connection.execute(_FORGET, SLOT)
        await connection.execute(_HOLD, SLOT)

    async def take(self, connection: asyncpg.Connection, recipients: Sequence[str]) -> int:
        """Close the segment that is written to and keep all that are not here yet; answers how many those were.

        Raises BackupFailed, OSError and ``asyncpg.PostgresError``.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        await self.hold(connection)
        # A moment is found by the first commit after it: here is one, so that all before it can be asked for.
        moment: datetime = await connection.fetchval("SELECT clock_timestamp() FROM pg_current_xact_id()")
        row = await connection.fetchrow(_CLOSE, SLOT)
        names = await cluster.segments(connection, row["first"], row["last"])
        taken = [name for name in names if not self._file(name).exists()]
        for name in taken:
            content = await cluster.read_segment(connection, name)
            draft = self.path / f".{name}.partial"
            await asyncio.to_thread(seal, io.BytesIO(content), draft, recipients)
            draft.rename(self._file(name))
        await connection.execute(_LET_GO, SLOT, row["end"])
        draft = self.path / f".{REACHES}"
        draft.write_text(moment.isoformat())
        draft.rename(self.path / REACHES)
        return len(taken)

    @property
    def reaches(self) -> datetime | None:
        """The newest moment that can be brought back; None when nothing was kept yet."""
        file = self.path / REACHES
        return datetime.fromisoformat(file.read_text()) if file.exists() else None

    def after(self, manifest: Manifest) -> list[str]:
        """The segments that follow those of a backup, without a gap; BackupUnreadable names the first that is missing."""
        last = manifest.segments[-1].file.removesuffix(SEGMENT_SUFFIX)
        later = [name for name in self._names() if name[:TIMELINE] == last[:TIMELINE] and name > last]
        for before, name in zip([last, *later], later, strict=False):
            if name not in _successors(before):
                raise BackupUnreadable(f"the log between {before} and {name} is missing; restore a later backup")
        return later

    def unpack(self, names: Sequence[str], identities: Sequence[Any], into: Path) -> None:
        """The segments as the server wrote them; what is empty in them takes no room."""
        for name in names:
            with opened(self._file(name), identities) as content, (into / name).open("wb") as out:
                _copy_sparse(content, out)

    def verify(self, names: Sequence[str], identities: Sequence[Any]) -> None:
        """Open them all and write nothing; BackupUnreadable says which cannot be."""
        for name in names:
            with opened(self._file(name), identities) as content:
                while content.read(CHUNK):
                    pass

    def thin_out(self, oldest: Manifest) -> int:
        """Delete what is older than the oldest backup, which nothing needs any more; answers how many segments went."""
        first = oldest.segments[0].file.removesuffix(SEGMENT_SUFFIX)
        old = [name for name in self._names() if name < first]
        for name in old:
            self._file(name).unlink()
        return len(old)

    def _names(self) -> list[str]:
        return sorted(file.name.removesuffix(SEGMENT_SUFFIX) for file in self.path.glob(f"*{SEGMENT_SUFFIX}"))

    def _file(self, name: str) -> Path:
        return self.path / f"{name}{SEGMENT_SUFFIX}"


def _successors(name: str) -> Iterator[str]:
    """The name after this one: the low part counts up to 255 with segments of 16 MB, the usual size."""
    high, low = int(name[TIMELINE:16], 16), int(name[16:], 16)
    yield f"{name[:TIMELINE]}{high:08X}{low + 1:08X}" if low < 0xFF else f"{name[:TIMELINE]}{high + 1:08X}{0:08X}"


def _copy_sparse(content: Readable, out: Any) -> None:
    while chunk := content.read(PAGE):
        if chunk.strip(b"\0"):
            out.write(chunk)
        else:
            out.seek(len(chunk), io.SEEK_CUR)
    out.truncate()


_FORGET = """
    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND wal_status = 'lost'
"""
_HOLD = """
    SELECT pg_create_physical_replication_slot($1::name, true)
    WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1::name)
"""
_CLOSE = """
    SELECT pg_walfile_name(restart_lsn) AS first, pg_walfile_name(closed) AS last, closed::text AS end
    FROM pg_replication_slots, pg_switch_wal() AS closed WHERE slot_name = $1
"""
_LET_GO = "SELECT pg_replication_slot_advance($1::name, $2::text::pg_lsn)"

"""What ended for good is noted outside the database, too: a restored one is told to end it again.

A backup is older than some ends: a destroyed key, a revoked access, a person cut off. One worker of a service appends
each to a file beside the backups within seconds; after a restore ``crm-<service> replay`` reads it.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.errors import Error
from crm_kit.loops import repeat
from crm_kit.subject_keys import needed, subject_key
from crm_kit.tx import Tx, begin

LOOK_SECONDS = 2.0
OVERLAP = timedelta(minutes=10)
"""Longer than any transaction lasts: a row may be seen only some time after the moment it names."""
AT_ONCE = 500
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_EVERYWHERE = unscoped("what ended, ended in every unit")


class LedgerBroken(Exception):
    """A line of a ledger is not what a service wrote; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Ended:
    """One thing that ended, or did so and is in force again (``ended`` false)."""

    kind: str
    id: UUID
    time: datetime
    ended: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ending:
    """How one kind of thing ends: where its table says so, and the use case that ends it again.

    ``again`` is given at most ``at_once`` and answers how many had to be ended; what the database does not know, or has
    ended, it leaves alone. ``returns``: it may come back into force later.
    """

    kind: str
    id: ColumnElement[UUID]
    time: ColumnElement[Any]
    ended: ColumnElement[bool]
    again: Callable[[Tx, Sequence[Ended]], Awaitable[int]]
    facts: ColumnElement[Any] = literal({}, JSONB)
    returns: bool = False
    at_once: int = AT_ONCE

    def since(self, time: datetime, id: UUID) -> Select[Any]:
        """A page of what ended after a moment, the oldest first."""
        columns = (self.id.label("id"), self.time.label("time"), self.ended.label("ended"), self.facts.label("facts"))
        found = select(*columns).where(self.time >= time, tuple_(self.time, self.id) > (time, id))
        if not self.returns:
            found = found.where(self.ended)
        return found.order_by(self.time, self.id).limit(AT_ONCE)


async def _destroy_again(tx: Tx, ended: Sequence[Ended]) -> int:
    return len(await needed(tx.call.db.subjects).destroy([one.id for one in ended], tx.now, tx.fetch))


DESTROYED_KEYS = Ending(
    "subject_key",
    subject_key.c.subject_id,
    subject_key.c.destroyed_at,
    subject_key.c.destroyed_at.is_not(None),
    _destroy_again,
)
"""Every service has these."""


class Ledger:
    """The file of one service: a JSON object a line, appended and never changed."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def lines(self) -> Iterator[Ended]:
        """What it says, in the order of writing; LedgerBroken. A last line that was cut off by a crash is none."""
        if not self.file.exists():
            return
        with self.file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    said = orjson.loads(line)
                    time = datetime.fromisoformat(said["time"])
                    yield Ended(said["kind"], UUID(said["id"]), time, bool(said["ended"]), said["facts"])
                except (ValueError, KeyError, TypeError) as failure:
                    raise LedgerBroken(f"{self.file}, line {number}: {failure}") from failure

    def append(self, ended: Sequence[Ended]) -> None:
        """On the disk when this returns."""
        with os.fdopen(os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "rb+") as out:
            size = out.seek(0, os.SEEK_END)
            out.seek(max(0, size - 1))
            if size and out.read(1) != b"\n":
                # The line a crash cut off was never whole; what it was to say is among those noted now.
                out.seek(0)
                out.truncate(out.read().rfind(b"\n") + 1)
            out.write(b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in ended))
            out.flush()
            os.fsync(out.fileno())


class LedgerKeeper:
    """Notes what ends in one service for as long as the folder of the ledger is there."""

    def __init__(self, db: Database, endings: Sequence[Ending], file: Path) -> None:
        self._db, self._ledger = db, Ledger(file)
        self._endings = (DESTROYED_KEYS, *endings)
        self._noted: dict[str, dict[UUID, datetime]] | None = None
        self._until: dict[str, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        async def work() -> float:
            # Whoever makes the first backup makes the folder.
            if self._ledger.file.parent.is_dir():
                await self.note()
            else:
                self._noted = None
            return LOOK_SECONDS

        await repeat(work, stop, name=f"ledger {self._ledger.file.stem}")

    async def note(self) -> int:
        """Append what ended since the last look, after a start all that the file lacks; answers how much."""
        if self._noted is None or not self._ledger.file.exists():
            self._noted, self._until = {ending.kind: {} for ending in self._endings}, {}
            for one in await asyncio.to_thread(lambda: list(self._ledger.lines())):
                self._remember(one)
        return sum([await self._note(ending) for ending in self._endings])

    async def _note(self, ending: Ending) -> int:
        assert self._noted is not None
        noted = self._noted[ending.kind]
        time, id = self._until.get(ending.kind, BEGINNING + OVERLAP) - OVERLAP, UUID(int=0)
        count = 0
        while True:
            async with self._db.connect() as connection:
                rows = (await connection.execute(ending.since(time, id), execution_options=_EVERYWHERE)).all()
            found = [Ended(ending.kind, UUID(int=row.id.int), row.time, row.ended, row.facts) for row in rows]
            # A database that was restored and not yet told must not take back what the file knows better.
            fresh = [
                one for one in found if (one.id not in noted if one.ended else one.time > noted.get(one.id, one.time))
            ]
            if fresh:
                await asyncio.to_thread(self._ledger.append, fresh)
            for one in fresh:
                self._remember(one)
            count += len(fresh)
            if found:
                time, id = found[-1].time, found[-1].id
                self._until[ending.kind] = time
            if len(rows) < AT_ONCE:
                return count

    def _remember(self, one: Ended) -> None:
        assert self._noted is not None
        ids = self._noted.setdefault(one.kind, {})
        if one.ended:
            ids[one.id] = one.time
        else:
            ids.pop(one.id, None)


@dataclass(slots=True)
class Replayed:
    """What a replay came to: how many were ended again by kind, and what could not be, in words."""

    counts: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


async def replay(db: Database, endings: Sequence[Ending], file: Path) -> Replayed:
    """End again what the ledger says has ended and the database does not know of; again and again without harm.

    Needs the keys of the data subjects (``Database.open_subjects``). Raises LedgerBroken before anything is done.
    """
    last: dict[tuple[str, UUID], Ended] = {(one.kind, one.id): one for one in Ledger(file).lines()}
    done = Replayed()
    for ending in (DESTROYED_KEYS, *endings):
        ended = [one for (kind, _), one in last.items() if kind == ending.kind and one.ended]
        done.counts[ending.kind] = 0
        for start in range(0, len(ended), ending.at_once):
            some = ended[start : start + ending.at_once]
            try:
                async with begin(Call.for_work(db, kind="service", name="ledger")) as tx:
                    count = await ending.again(tx, some)
                done.counts[ending.kind] += count
            except Error as refusal:
                done.refused += [f"{ending.kind} {one.id}: {refusal}" for one in some]
    return done

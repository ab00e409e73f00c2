"""What else goes into the trail besides changed rows: reads, exports, reports, refusals, sign-ins, shares, settings.

``note(tx, …)`` is committed with what it tells of. ``note(call, …)`` costs the caller nothing: it is written in the next
half second, together with others, and at the latest when the process drains.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy import text

from crm_kit.audit_trail import audit_entry
from crm_kit.loops import repeat
from crm_kit.statement import Statement
from crm_kit.telemetry import audit_lost

if TYPE_CHECKING:
    from crm_kit.call import Call
    from crm_kit.database import Database
    from crm_kit.tx import Tx

log = logging.getLogger(__name__)

REST_SECONDS = 0.5
"""How long a note may wait: what a killed process had noted in this time is lost, and nothing else."""
MOST_WAITING = 50_000
AT_ONCE = 1_000
DENIED_SECONDS = 60.0
"""A caller refused again for the same reason within this time is counted, not written down each time."""
IDS = 200
"""Ids listed in one entry; how many there were is always told."""
_NAMES = (
    *("action", "record_type", "record_id", "actor", "on_behalf_of", "cause_id", "address", "unit_path"),
    *("details", "time"),
)


def note(
    work: "Tx | Call",
    action: str,
    record_type: str,
    record_id: UUID | None = None,
    *,
    details: Mapping[str, Any] | None = None,
    unit_path: str = "",
    actor: str = "",
    address: str = "",
) -> None:
    """One entry by whoever is at work, about a record of the unit, or of the caller's own unit. ``actor`` and
    ``address`` are given where somebody only just proves who it is.

    ``record_type`` is the kind of record, or the permission for what was denied. ``details`` are JSON and hold nothing
    that the trail must not show to everybody who may read it.
    """
    call: Any = getattr(work, "call", work)
    row = _entry(call, action, record_type, record_id, details, unit_path)
    row |= {name: value for name, value in (("actor", actor), ("address", address)) if value}
    insert = getattr(work, "insert", None)
    if insert is None:
        call.db.notes.add(row)
    else:
        insert(audit_entry, row)


def _entry(
    call: "Call",
    action: str,
    record_type: str,
    record_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
    unit_path: str = "",
) -> dict[str, Any]:
    return {
        "action": action,
        "record_type": record_type,
        "record_id": record_id,
        "actor": call.principal.actor,
        "on_behalf_of": call.principal.on_behalf_of,
        "cause_id": call.cause_id,
        "address": call.address,
        "unit_path": unit_path or call.principal.unit_path,
        "details": details,
        "time": call.now,
    }


def note_ids(ids: Sequence[str]) -> dict[str, Any]:
    """The details of an entry about several records."""
    return {"ids": list(ids[:IDS]), "records": len(ids)}


def one_id(ids: Sequence[str]) -> UUID | None:
    """The record an entry is about, when it is about just one."""
    try:
        return UUID(ids[0]) if len(ids) == 1 else None
    except ValueError:
        return None


async def erase_details(
    tx: "Tx", record_type: str, record_ids: Sequence[UUID], reason: str, columns: Sequence[str] = ()
) -> int:
    """Remove what the trail says about the values of these records, whose subject is erased; the chain still proves the
    rest. In a transaction after the one that emptied the records, whose own entries tell what was in them. ``columns``:
    only entries that tell of one of these, all when empty. Answers how many entries were emptied.
    """
    named = {"type": record_type, "ids": list(record_ids), "columns": list(columns)}
    emptied = await tx.session.execute(_ERASE, named)
    last: dict[UUID, tuple[int, int]] = {row.record_id: (row.entries, row.last_id) for row in emptied}
    for record_id, (entries, last_id) in last.items():
        told = {"entries": entries, "last_id": last_id, "reason": reason}
        note(tx, "erase", record_type, record_id, details=told)
    return sum(entries for entries, _ in last.values())


class Notes:
    """Entries that wait to be written by this process."""

    def __init__(self, db: "Database") -> None:
        self._db = db
        self._waiting: list[dict[str, Any]] = []
        self._denied: dict[tuple[str, str], tuple[float, int, dict[str, Any]]] = {}
        self._wake = asyncio.Event()
        self._lost = 0

    def add(self, row: dict[str, Any]) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._lost += 1
            audit_lost.add()
            return
        self._waiting.append(row)
        self._wake.set()

    def denied(self, call: "Call", permission: str, method: str, reason: str) -> None:
        """A refusal: the first of a minute is written down at once, the others as their number when it is over."""
        now, key = time.monotonic(), (call.principal.actor, permission)
        known = self._denied.get(key)
        if known is not None and now < known[0]:
            self._denied[key] = (known[0], known[1] + 1, known[2])
            return
        if known is not None:
            self._again(*known[1:])
        row = _entry(call, "denied", permission, details={"method": method, "reason": reason, "count": 1})
        self.add(row)
        self._denied[key] = (now + DENIED_SECONDS, 0, row)

    async def run(self, stop: asyncio.Event) -> None:
        """Write what waits until told to stop, and then what is left."""

        async def work() -> float:
            await asyncio.sleep(0 if stop.is_set() else REST_SECONDS)
            await self.flush()
            return 1.0

        await repeat(work, stop, name="audit notes", wake=self._wake)
        self._count_denied(everything=True)
        await self.flush()

    async def flush(self) -> None:
        """Write what waits; what could not be written waits on. A lost answer may write the same notes twice."""
        self._wake.clear()
        self._count_denied(everything=False)
        while self._waiting:
            some = self._waiting[:AT_ONCE]
            await _WRITE.alone(self._db, **{name: [_plain(row[name]) for row in some] for name in _NAMES})
            del self._waiting[: len(some)]
        if self._lost:
            log.error("%d audit notes were lost: the database was away too long", self._lost)
            self._lost = 0

    def _count_denied(self, *, everything: bool) -> None:
        now = time.monotonic()
        for key, (ends, count, row) in list(self._denied.items()):
            if everything or ends <= now:
                del self._denied[key]
                self._again(count, row)

    def _again(self, count: int, row: dict[str, Any]) -> None:
        if count:
            self.add({**row, "details": {**row["details"], "count": count}})


def _plain(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, Mapping) else value


_WRITE = Statement("""
    INSERT INTO audit_entry
        (action, record_type, record_id, actor, on_behalf_of, cause_id, address, unit_path, details, time)
    SELECT a, t, r, w, b, c, f, u, CAST(d AS jsonb), i
    FROM unnest(CAST(:action AS text[]), CAST(:record_type AS text[]), CAST(:record_id AS uuid[]),
                CAST(:actor AS text[]), CAST(:on_behalf_of AS text[]), CAST(:cause_id AS text[]),
                CAST(:address AS text[]), CAST(:unit_path AS text[]), CAST(:details AS text[]),
                CAST(:time AS timestamptz[])) AS n (a, t, r, w, b, c, f, u, d, i)
""")
_ERASE = text("""
    WITH emptied AS (
        UPDATE audit_entry SET details = NULL, details_digest = sha256(convert_to(details::text, 'UTF8'))
        WHERE record_type = :type AND record_id = ANY(CAST(:ids AS uuid[])) AND details IS NOT NULL
          AND action IN ('insert', 'update', 'delete')
          AND (CAST(:columns AS text[]) = '{}' OR details ?| CAST(:columns AS text[]))
        RETURNING record_id, id)
    SELECT record_id, count(*) AS entries, max(id) AS last_id FROM emptied GROUP BY record_id
""")

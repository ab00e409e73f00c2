"""Durable timers: something happens to a subject at an instant, once, whatever dies in between.

Firing and what the handler writes commit together, so a timer fires exactly once. A failing one is tried again with
growing waits and never given up, because what it stands for still has to happen. While the module is switched off
nothing fires; what fell due meanwhile fires when it is on again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.loops import back_off, repeat
from crm_kit.metadata import kit_metadata
from crm_kit.statement import Statement, driver_of
from crm_kit.telemetry import span

if TYPE_CHECKING:
    from crm_kit.tx import Tx

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""The latest a timer is noticed that is set for sooner than all others."""
AT_ONCE = 50
IN_PARALLEL = 4
CLAIM_SECONDS = 30
LONGEST_RETRY_SECONDS = 600.0
KEPT_DAYS = 30

timer = Table(
    "timer",
    kit_metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("due_time", DateTime(timezone=True), nullable=False),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'")),
    # Raised when the timer is set anew: a worker that claimed the old due time does not fire it.
    Column("version", Integer, nullable=False, server_default=text("1")),
    # pending, fired or cancelled
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("locked_until", DateTime(timezone=True)),
    Column("error", Text),
    Column("create_time", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("end_time", DateTime(timezone=True)),
    Index("uq_timer_pending", "kind", "subject_id", unique=True, postgresql_where=text("state = 'pending'")),
    Index("ix_timer_due", "due_time", postgresql_where=text("state = 'pending'")),
)


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer as its handler sees it; ``due_time`` is when it should have fired, ``tx.now`` when it does."""

    id: UUID
    kind: str
    subject_id: UUID
    due_time: datetime
    payload: dict[str, Any]
    attempts: int


Handler = Callable[["Tx", Timer], Awaitable[None]]


async def schedule(
    session: AsyncSession, kind: str, subject_id: UUID, due: datetime, payload: dict[str, Any] | None = None
) -> None:
    """Set the one pending timer of this kind for the subject; one that waits already is moved."""
    await schedule_many(session, kind, [(subject_id, due)], payload)


async def schedule_many(
    session: AsyncSession, kind: str, due: Sequence[tuple[UUID, datetime]], payload: dict[str, Any] | None = None
) -> None:
    """The same for many subjects, each named once, in one statement."""
    if not due:
        return
    await _SCHEDULE(
        await driver_of(session),
        kind=kind,
        ids=[subject for subject, _ in due],
        times=[at for _, at in due],
        payload=orjson.dumps(payload or {}).decode(),
    )


async def cancel(session: AsyncSession, kind: str, subject_id: UUID) -> None:
    """The pending timer of this kind for the subject does not fire; nothing happens when there is none."""
    await _CANCEL(await driver_of(session), kind=kind, subject_id=subject_id)


class Timers:
    """Fires the due timers of one service; any number of processes may run it."""

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db, self._clock = db, clock
        self._handlers: dict[str, Handler] = {}
        self._pruned = time.monotonic()

    def on(self, kind: str) -> Callable[[Handler], Handler]:
        """Call the decorated function in a transaction when a timer of this kind is due."""

        def register(handler: Handler) -> Handler:
            if kind in self._handlers:
                raise ValueError(f"two handlers for the timer {kind}")
            self._handlers[kind] = handler
            return handler

        return register

    async def run(self, stop: asyncio.Event) -> None:
        """Fire what is due until told to stop."""

        async def work() -> float:
            seconds = await self._until_next()
            if seconds <= 0 and await self.fire_due():
                return 0
            if time.monotonic() - self._pruned >= 3600:
                self._pruned = time.monotonic()
                await self._prune()
            # A timer that is due and cannot be claimed is another worker's.
            return max(0.01, seconds)

        await repeat(work, stop, name="timers")

    async def fire_due(self) -> int:
        """Fire the timers that are due and that no other worker has claimed; returns how many were claimed."""
        now = self._clock()
        due = await _CLAIM.alone(
            self._db, kinds=list(self._handlers), now=now, at_once=AT_ONCE, seconds=float(CLAIM_SECONDS)
        )
        gate = asyncio.Semaphore(IN_PARALLEL)

        async def fire(row: Any) -> None:
            async with gate:
                await self._fire(row)

        async with asyncio.TaskGroup() as tasks:
            for row in sorted(due, key=lambda row: row.due_time):
                tasks.create_task(fire(row))
        return len(due)

    async def _fire(self, row: Any) -> None:
        from crm_kit.tx import begin  # noqa: PLC0415 - the transaction itself sets timers

        call = Call.for_work(self._db, kind="timer", name=row.kind, now=self._clock(), cause_id=str(row.id))
        fired = Timer(row.id, row.kind, row.subject_id, row.due_time, row.payload, row.attempts)
        try:
            with span(f"timer {row.kind}"):
                async with begin(call) as tx:
                    if await _FIRED(await driver_of(tx.session), id=row.id, version=row.version, now=tx.now):
                        await self._handlers[row.kind](tx, fired)
        except Exception as error:
            seconds = back_off(row.attempts + 4, longest=LONGEST_RETRY_SECONDS)
            log.exception("timer %s of %s failed; next try in %.0f s", row.kind, row.subject_id, seconds)
            await _FAILED.alone(
                self._db, id=row.id, version=row.version, error=type(error).__name__, wait=timedelta(seconds=seconds)
            )

    async def _until_next(self) -> float:
        due = (await _NEXT.alone(self._db, kinds=list(self._handlers)))[0].due
        if due is None:
            return POLL_SECONDS
        return float(min(POLL_SECONDS, (due - self._clock()).total_seconds()))

    async def _prune(self) -> None:
        await _PRUNE.alone(self._db, before=self._clock() - timedelta(days=KEPT_DAYS))


_SCHEDULE = Statement("""
    INSERT INTO timer AS t (kind, subject_id, due_time, payload)
    SELECT CAST(:kind AS text), v.id, v.due, CAST(CAST(:payload AS text) AS jsonb)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS v (id, due)
    ON CONFLICT (kind, subject_id) WHERE state = 'pending' DO UPDATE
    SET due_time = excluded.due_time, payload = excluded.payload, version = t.version + 1, attempts = 0,
        locked_until = NULL, error = NULL
""")
_CANCEL = Statement(
    "UPDATE timer SET state = 'cancelled', end_time = now() "
    "WHERE kind = :kind AND subject_id = :subject_id AND state = 'pending'"
)
_CLAIM = Statement("""
    UPDATE timer SET locked_until = clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision)) WHERE id IN (
        SELECT id FROM timer
        WHERE state = 'pending' AND due_time <= :now AND kind = ANY(CAST(:kinds AS text[]))
          AND (locked_until IS NULL OR locked_until < clock_timestamp())
          AND NOT EXISTS (SELECT FROM suspension)
        ORDER BY due_time LIMIT CAST(:at_once AS integer) FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, subject_id, due_time, payload, version, attempts
""")
_FIRED = Statement(
    "UPDATE timer SET state = 'fired', end_time = :now "
    "WHERE id = :id AND version = :version AND state = 'pending' AND NOT EXISTS (SELECT FROM suspension) RETURNING id"
)
_FAILED = Statement(
    "UPDATE timer SET attempts = attempts + 1, error = :error, "
    "locked_until = clock_timestamp() + CAST(:wait AS interval) "
    "WHERE id = :id AND version = :version AND state = 'pending'"
)
_NEXT = Statement(
    "SELECT min(greatest(due_time, locked_until)) AS due FROM timer "
    "WHERE state = 'pending' AND kind = ANY(CAST(:kinds AS text[])) AND NOT EXISTS (SELECT FROM suspension)"
)
_PRUNE = Statement("DELETE FROM timer WHERE state <> 'pending' AND end_time < :before")

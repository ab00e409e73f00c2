"""Long work in resumable pieces: an import, a recalculation, an export.

A job is taken under a lease. Whoever holds it works in chunks, each its own transaction; when the process dies, another
takes over once the lease has run out and calls the handler again, which goes on from its own checkpoint.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid4

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.errors import Error
from crm_kit.job_lease import LEASE_SECONDS, JobCancelled, Lease, LeaseLost, chunk, current_lease
from crm_kit.loops import back_off, repeat
from crm_kit.metadata import kit_metadata
from crm_kit.principal import Principal
from crm_kit.saga import freeze, thaw
from crm_kit.telemetry import span
from crm_kit.tx import Tx, begin

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
ATTEMPTS = 5

job = Table(
    "job",
    kit_metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    # queued, running, done, failed or cancelled
    Column("state", Text, nullable=False, server_default=text("'queued'")),
    Column("principal", JSONB, nullable=False),
    # Of this claim, not of the process: an owner that lost its lease cannot be mistaken for its successor.
    Column("lease_owner", Uuid),
    Column("lease_until", DateTime(timezone=True)),
    # Failures and abandoned leases since the last committed chunk.
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("run_time", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("create_time", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("end_time", DateTime(timezone=True)),
    Index("uq_job_open", "kind", "subject_id", unique=True, postgresql_where=text("state IN ('queued', 'running')")),
    Index("ix_job_open", "create_time", postgresql_where=text("state IN ('queued', 'running')")),
)

Handler = Callable[[Call, UUID], Awaitable[None]]
FailureHandler = Callable[[Tx, UUID, str], Awaitable[None]]


async def enqueue(session: AsyncSession, kind: str, subject_id: UUID, principal: Principal) -> UUID:
    """Start a job when this transaction commits, with the rights of ``principal``; the open one if there is one."""
    params = {"kind": kind, "subject_id": subject_id, "principal": freeze(principal).decode()}
    created = (await session.execute(_ENQUEUE, params)).scalar()
    return UUID(str(created))


async def cancel(session: AsyncSession, kind: str, subject_id: UUID) -> None:
    """Ask the open job of this kind for the subject to stop: at once when queued, else at its next chunk."""
    await session.execute(_CANCEL, {"kind": kind, "subject_id": subject_id})


class Jobs:
    """Works on the jobs of one service; any number of processes may run it."""

    def __init__(
        self, db: Database, *, in_parallel: int = 2, lease_seconds: float = LEASE_SECONDS, poll: float = POLL_SECONDS
    ) -> None:
        self._db, self._in_parallel, self._lease_seconds, self._poll = db, in_parallel, lease_seconds, poll
        self._handlers: dict[str, tuple[Handler, str]] = {}
        self._failure_handlers: dict[str, FailureHandler] = {}
        self._running: set[asyncio.Task[None]] = set()

    def on(self, kind: str, *, permission: str = "") -> Callable[[Handler], Handler]:
        """Call the decorated function for jobs of this kind, again after every interruption until it returns.

        It acts with the rights its principal has under ``permission``; a principal of the system may do all.
        """

        def register(handler: Handler) -> Handler:
            if kind in self._handlers:
                raise ValueError(f"two handlers for the job {kind}")
            self._handlers[kind] = handler, permission or f"job.{kind}"
            return handler

        return register

    def on_failed(self, kind: str) -> Callable[[FailureHandler], FailureHandler]:
        """Call the decorated function with ``(tx, subject_id, error)`` in the transaction that gives the job up."""

        def register(handler: FailureHandler) -> FailureHandler:
            self._failure_handlers[kind] = handler
            return handler

        return register

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; jobs under way are interrupted and go on elsewhere at once."""

        async def work() -> float:
            free = self._in_parallel - len(self._running)
            taken = await self.take(free) if free > 0 else []
            for row, lease in taken:
                task = asyncio.create_task(self.work_on(row, lease))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            return self._poll

        await repeat(work, stop, name="jobs")
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def take(self, most: int) -> list[tuple[Any, Lease]]:
        """Claim jobs that are due or whose worker is gone."""
        taken = []
        async with self._db.connect() as connection:
            for _ in range(most):
                owner = uuid4()
                params = {"kinds": list(self._handlers), "owner": owner, "seconds": self._lease_seconds}
                row = (await connection.execute(_TAKE, params)).one_or_none()
                if row is None:
                    break
                taken.append((row, Lease(row.id, owner, self._lease_seconds)))
        return taken

    async def work_on(self, row: Any, lease: Lease) -> None:
        """Call the handler of a claimed job under its lease and note what became of it."""
        handler, permission = self._handlers[row.kind]
        call = Call.for_work(self._db, kind="job", name=row.kind, cause_id=str(row.id))
        call = call.as_principal(thaw(orjson.dumps(row.principal)).caused_by(str(row.id)), permission)
        current_lease.set(lease)
        if row.attempts > ATTEMPTS:
            await self._give_up(row, lease, row.error or "WorkerDied")
            return
        handling = asyncio.ensure_future(_in_span(row.kind, handler(call, row.subject_id)))
        keeping = asyncio.create_task(self._keep(lease, handling))
        try:
            await handling
        except asyncio.CancelledError:
            # Told to stop, or the lease is another's: queued again only if it is still ours.
            handling.cancel()
            await asyncio.wait([handling])
            await self._note(lease, "queued", None, 0.0)
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
        except JobCancelled:
            await self._note(lease, "cancelled", None, 0.0)
        except LeaseLost:
            log.warning("job %s %s was taken over by another worker", row.kind, row.id)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down and tried again
            await self._failed(row, lease, error)
        else:
            await self._note(lease, "done", None, 0.0)
        finally:
            keeping.cancel()

    async def _keep(self, lease: Lease, handling: "asyncio.Future[None]") -> None:
        """Prolong the lease while the handler works; stop the handler when the lease is gone or the job cancelled."""
        while True:
            await asyncio.sleep(lease.seconds / 3)
            try:
                async with self._db.connect() as connection:
                    await lease.keep(connection, progress=False)
            except (LeaseLost, JobCancelled):
                handling.cancel()
                return
            except Exception:
                log.exception("could not prolong the lease of job %s", lease.job_id)

    async def _failed(self, row: Any, lease: Lease, error: Exception) -> None:
        reason = f"{error.reason}: {error}" if isinstance(error, Error) else type(error).__name__
        async with self._db.connect() as connection:
            attempts = (await connection.execute(_ATTEMPTS, {"id": row.id, "owner": lease.owner})).scalar()
        log.warning("job %s %s failed, attempt %s", row.kind, row.id, attempts, exc_info=error)
        if attempts is None:
            return
        if attempts + 1 >= ATTEMPTS:
            await self._give_up(row, lease, reason)
        else:
            await self._note(lease, "queued", reason, back_off(attempts + 3, longest=60.0), failed=True)

    async def _give_up(self, row: Any, lease: Lease, reason: str) -> None:
        async with begin(Call.for_work(self._db, kind="job", name=row.kind, cause_id=str(row.id))) as tx:
            ended = await tx.session.execute(_END, _end(lease, "failed", reason, 0.0, failed=True))
            if ended.one_or_none() is not None and row.kind in self._failure_handlers:
                await self._failure_handlers[row.kind](tx, row.subject_id, reason)

    async def _note(self, lease: Lease, state: str, error: str | None, wait: float, *, failed: bool = False) -> None:
        async with self._db.connect() as connection:
            await connection.execute(_END, _end(lease, state, error, wait, failed=failed))


async def _in_span(kind: str, work: Awaitable[None]) -> None:
    with span(f"job {kind}"):
        await work


def _end(lease: Lease, state: str, error: str | None, wait: float, *, failed: bool) -> dict[str, Any]:
    return {
        "id": lease.job_id,
        "owner": lease.owner,
        "state": state,
        "error": error,
        "wait": wait,
        "failed": int(failed),
    }


_ENQUEUE = text("""
    INSERT INTO job (kind, subject_id, principal)
    VALUES (:kind, :subject_id, CAST(CAST(:principal AS text) AS jsonb))
    ON CONFLICT (kind, subject_id) WHERE state IN ('queued', 'running') DO UPDATE SET kind = excluded.kind
    RETURNING id
""")
_CANCEL = text("""
    UPDATE job SET cancel_requested = true,
                   state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
                   end_time = CASE state WHEN 'queued' THEN now() END
    WHERE kind = :kind AND subject_id = :subject_id AND state IN ('queued', 'running')
""")
_TAKE = text("""
    UPDATE job SET state = 'running', lease_owner = :owner,
                   lease_until = clock_timestamp() + make_interval(secs => :seconds),
                   attempts = attempts + CASE state WHEN 'running' THEN 1 ELSE 0 END
    WHERE id = (
        SELECT id FROM job
        WHERE kind = ANY(CAST(:kinds AS text[])) AND ((state = 'queued' AND run_time <= clock_timestamp())
           OR (state = 'running' AND lease_until < clock_timestamp()))
        ORDER BY create_time LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, subject_id, principal, attempts, error
""")
_ATTEMPTS = text("SELECT attempts FROM job WHERE id = :id AND lease_owner = :owner AND state = 'running'")
_END = text("""
    UPDATE job SET state = CASE WHEN cancel_requested AND CAST(:state AS text) = 'queued' THEN 'cancelled'
                                ELSE CAST(:state AS text) END,
                   error = CAST(:error AS text), lease_owner = NULL, lease_until = NULL,
                   attempts = attempts + CAST(:failed AS integer),
                   run_time = clock_timestamp() + make_interval(secs => :wait),
                   end_time = CASE WHEN CAST(:state AS text) <> 'queued' THEN clock_timestamp() END
    WHERE id = :id AND lease_owner = :owner AND state = 'running' RETURNING id
""")


__all__ = ["JobCancelled", "Jobs", "Lease", "LeaseLost", "cancel", "chunk", "current_lease", "enqueue", "job"]

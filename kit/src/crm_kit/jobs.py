"""Long work in resumable pieces: an import, a recalculation, an export.

A job is taken under a lease. Whoever holds it works in chunks, each its own transaction; when the process dies, another
takes over once the lease has run out and calls the handler again, which goes on from its own checkpoint. While the module is
switched off jobs wait where they stand.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid4

from crm_kit import job_rows
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.errors import Error
from crm_kit.job_lease import LEASE_SECONDS, JobCancelled, JobSuspended, Lease, LeaseLost, chunk, current_lease
from crm_kit.job_rows import job
from crm_kit.loops import back_off, repeat
from crm_kit.principal import Principal
from crm_kit.saga import freeze, thaw
from crm_kit.telemetry import span
from crm_kit.tx import Tx, begin

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
ATTEMPTS = 5

Handler = Callable[[Call, UUID], Awaitable[None]]
FailureHandler = Callable[[Tx, UUID, str], Awaitable[None]]


async def enqueue(session: AsyncSession, kind: str, subject_id: UUID, principal: Principal) -> UUID:
    """Start a job when this transaction commits, with the rights of ``principal``; the open one if there is one."""
    params = {"kind": kind, "subject_id": subject_id, "principal": freeze(principal).decode()}
    created = (await session.execute(job_rows.ENQUEUE, params)).scalar()
    return UUID(str(created))


async def cancel(session: AsyncSession, kind: str, subject_id: UUID) -> None:
    """Ask the open job of this kind for the subject to stop: at once when queued, else at its next chunk."""
    await session.execute(job_rows.CANCEL, {"kind": kind, "subject_id": subject_id})


class Jobs:
    """Works on the jobs of one service; any number of processes may run it.

    ``suspendable``: whether they wait while the module is off.
    """

    def __init__(
        self,
        db: Database,
        *,
        in_parallel: int = 2,
        lease_seconds: float = LEASE_SECONDS,
        poll: float = POLL_SECONDS,
        suspendable: bool = True,
    ) -> None:
        self._db, self._in_parallel, self._lease_seconds, self._poll = db, in_parallel, lease_seconds, poll
        self._suspendable = suspendable
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
                params = {
                    "kinds": list(self._handlers),
                    "owner": owner,
                    "seconds": self._lease_seconds,
                    "suspendable": self._suspendable,
                }
                row = (await connection.execute(job_rows.TAKE, params)).one_or_none()
                if row is None:
                    break
                taken.append((row, Lease(row.id, owner, self._lease_seconds, self._suspendable)))
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
        except JobSuspended:
            await self._note(lease, "queued", None, 0.0)
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
            except (LeaseLost, JobCancelled, JobSuspended):
                handling.cancel()
                return
            except Exception:
                log.exception("could not prolong the lease of job %s", lease.job_id)

    async def _failed(self, row: Any, lease: Lease, error: Exception) -> None:
        reason = f"{error.reason}: {error}" if isinstance(error, Error) else type(error).__name__
        async with self._db.connect() as connection:
            attempts = (await connection.execute(job_rows.ATTEMPTS_OF, {"id": row.id, "owner": lease.owner})).scalar()
        log.warning("job %s %s failed, attempt %s", row.kind, row.id, attempts, exc_info=error)
        if attempts is None:
            return
        if attempts + 1 >= ATTEMPTS:
            await self._give_up(row, lease, reason)
        else:
            await self._note(lease, "queued", reason, back_off(attempts + 3, longest=60.0), failed=True)

    async def _give_up(self, row: Any, lease: Lease, reason: str) -> None:
        async with begin(Call.for_work(self._db, kind="job", name=row.kind, cause_id=str(row.id))) as tx:
            ended = await tx.session.execute(job_rows.END, _end(lease, "failed", reason, 0.0, failed=True))
            if ended.one_or_none() is not None and row.kind in self._failure_handlers:
                await self._failure_handlers[row.kind](tx, row.subject_id, reason)

    async def _note(self, lease: Lease, state: str, error: str | None, wait: float, *, failed: bool = False) -> None:
        async with self._db.connect() as connection:
            await connection.execute(job_rows.END, _end(lease, state, error, wait, failed=failed))


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


__all__ = [
    "JobCancelled",
    "JobSuspended",
    "Jobs",
    "Lease",
    "LeaseLost",
    "cancel",
    "chunk",
    "current_lease",
    "enqueue",
    "job",
]

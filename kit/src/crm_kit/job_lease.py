"""The right to work on a job, and the chunks that commit only under it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from uuid_utils.compat import uuid4

from crm_kit.call import Call
from crm_kit.tx import Tx, begin

LEASE_SECONDS = 15.0


class LeaseLost(Exception):
    """Another worker has this job now; the chunk is rolled back."""


class JobCancelled(Exception):
    """Somebody asked to stop the job; the chunk is rolled back."""


class JobSuspended(Exception):
    """The module was switched off; the chunk is rolled back and the job waits."""


@dataclass(slots=True)
class Lease:
    """The right to work on one job, until it runs out."""

    job_id: UUID
    owner: UUID = field(default_factory=uuid4)
    seconds: float = LEASE_SECONDS
    suspendable: bool = True

    async def keep(self, session: AsyncSession | AsyncConnection, *, progress: bool) -> None:
        """Prolong it; LeaseLost when it is another's, JobCancelled when the job is to stop, JobSuspended to wait."""
        params = {"id": self.job_id, "owner": self.owner, "seconds": self.seconds, "progress": progress}
        row = (await session.execute(_KEEP, params)).one_or_none()
        if row is None:
            raise LeaseLost
        if row.cancel_requested:
            raise JobCancelled
        if self.suspendable and row.suspended:
            raise JobSuspended


current_lease: ContextVar[Lease] = ContextVar("lease")


@asynccontextmanager
async def chunk(call: Call) -> AsyncIterator[Tx]:
    """One piece of the running job: a transaction that commits only while the job is still this worker's.

    Its ``now`` is the present, not the job's start.
    """
    async with begin(replace(call, now=datetime.now(UTC))) as tx:
        yield tx
        # Last, so that nobody can take the job over between this check and the commit: the row is locked by it.
        await current_lease.get().keep(tx.session, progress=True)


_KEEP = text("""
    UPDATE job SET lease_until = clock_timestamp() + make_interval(secs => :seconds),
                   attempts = CASE WHEN CAST(:progress AS boolean) THEN 0 ELSE attempts END
    WHERE id = :id AND lease_owner = :owner AND state = 'running'
    RETURNING cancel_requested, EXISTS (SELECT FROM suspension) AS suspended
""")

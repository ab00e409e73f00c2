"""The right to work on a saga, for as long as nobody else has taken it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from asyncpg import InterfaceError, PostgresError

from crm_kit.database import Database
from crm_kit.reader import Row
from crm_kit.statement import Statement

LEASE = timedelta(seconds=15)
_CLAIM = Statement("""
    UPDATE saga SET lease_until = clock_timestamp() + :lease
    WHERE id = :id AND state IN ('running', 'compensating') AND next_time <= clock_timestamp()
        AND (lease_until IS NULL OR lease_until < clock_timestamp())
    RETURNING *""")
_STATE = Statement("SELECT state FROM saga WHERE id = :id")
_KEEP = Statement("""
    UPDATE saga SET step = :step, attempts = :attempts, lease_until = clock_timestamp() + :lease
    WHERE id = :id AND lease_until = :until RETURNING state, lease_until""")
_RELEASE = Statement("""
    UPDATE saga SET state = :state, step = :step, attempts = :attempts, error = coalesce(:error, error),
        resume_state = coalesce(:resume_state, resume_state), lease_until = NULL,
        next_time = clock_timestamp() + :pause
    WHERE id = :id AND lease_until = :until RETURNING state, lease_until""")


class LeaseLost(Exception):
    """Another worker has the saga now; what this one notes would be about the past."""


async def claim(db: Database, saga_id: UUID) -> tuple[Row | None, str]:
    """The saga's row if it is due and nobody works on it, else None; and its state."""
    if rows := await _CLAIM.alone(db, id=saga_id, lease=LEASE):
        return rows[0], rows[0].state
    return None, (await _STATE.alone(db, id=saga_id))[0].state


class Lease:
    """One worker's claim on one saga. The end of the lease as stored is what proves that it is still this worker's.

    ``step`` and ``attempts`` are as last noted.
    """

    def __init__(self, db: Database, row: Any) -> None:
        self._db = db
        self._id, self._until = row.id, row.lease_until
        self._turn = asyncio.Lock()
        self.step: int = row.step
        self.attempts: int = row.attempts

    async def keep(self, *, step: int | None = None, attempts: int | None = None) -> None:
        """Note progress and prolong the lease; LeaseLost when it is another's."""
        step, attempts = self.step if step is None else step, self.attempts if attempts is None else attempts
        await self._note(_KEEP, step=step, attempts=attempts, lease=LEASE)
        self.step, self.attempts = step, attempts

    async def release(
        self,
        state: str,
        *,
        step: int | None = None,
        attempts: int | None = None,
        error: str | None = None,
        resume_state: str | None = None,
        pause: float = 0.0,
    ) -> str:
        """Note the outcome and let the saga go; it is due again after ``pause`` seconds. Answers its state."""
        return await self._note(
            _RELEASE,
            state=state,
            step=self.step if step is None else step,
            attempts=self.attempts if attempts is None else attempts,
            error=error,
            resume_state=resume_state,
            pause=timedelta(seconds=pause),
        )

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Prolong the lease as long as the block lasts, however long one step takes."""
        task = asyncio.create_task(self._prolong())
        try:
            yield
        finally:
            task.cancel()

    async def _prolong(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            # A database that is away for a moment must not end this; the next note tells whether the lease was lost.
            with suppress(PostgresError, InterfaceError, OSError):
                try:
                    await self.keep()
                except LeaseLost:
                    return

    async def _note(self, statement: Statement, **values: Any) -> str:
        async with self._turn:
            rows = await statement.alone(self._db, id=self._id, until=self._until, **values)
            if not rows:
                raise LeaseLost
            self._until = rows[0].lease_until
        return str(rows[0].state)

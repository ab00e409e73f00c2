"""The right to work on a saga, for as long as nobody else has taken it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import Table, text, update
from sqlalchemy.exc import SQLAlchemyError

from crm_kit.database import Database

LEASE_SECONDS = 15


class LeaseLost(Exception):
    """Another worker has the saga now; what this one notes would be about the past."""


class Lease:
    """One worker's claim on one saga. The end of the lease as stored is what proves that it is still this worker's.

    ``step`` and ``attempts`` are as last noted.
    """

    def __init__(self, db: Database, table: Table, row: Any) -> None:
        self._db, self._table = db, table
        self._id, self._until = row.id, row.lease_until
        self._turn = asyncio.Lock()
        self.step: int = row.step
        self.attempts: int = row.attempts

    async def keep(self, **values: Any) -> None:
        """Note progress and prolong the lease; LeaseLost when it is another's."""
        await self._note(values | {"lease_until": leased()})
        self.step, self.attempts = values.get("step", self.step), values.get("attempts", self.attempts)

    async def release(self, *, pause: float = 0.0, **values: Any) -> str:
        """Note the outcome and let the saga go; it is due again after ``pause`` seconds. Answers its state."""
        due = text(f"clock_timestamp() + interval '{pause} seconds'")
        return await self._note(values | {"lease_until": None, "next_time": due})

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
            await asyncio.sleep(LEASE_SECONDS / 3)
            # A database that is away for a moment must not end this; the next note tells whether the lease was lost.
            with suppress(SQLAlchemyError, OSError):
                try:
                    await self.keep()
                except LeaseLost:
                    return

    async def _note(self, values: dict[str, Any]) -> str:
        async with self._turn, self._db.connect() as connection:
            mine = (self._table.c.id == self._id) & (self._table.c.lease_until == self._until)
            statement = update(self._table).where(mine).values(**values)
            noted = await connection.execute(statement.returning(self._table.c.state, self._table.c.lease_until))
            row = noted.one_or_none()
            if row is None:
                raise LeaseLost
            self._until = row.lease_until
        return str(row.state)


def leased() -> Any:
    """The end of a lease that begins now, by the database's clock."""
    return text(f"clock_timestamp() + interval '{LEASE_SECONDS} seconds'")

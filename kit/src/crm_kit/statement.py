"""Fixed statements of the kit, sent straight to the driver: the price of one counts on the way of every event.

What a service asks goes through SQLAlchemy, which knows its tables and scopes. These know neither, cost a seventh, and
outside a transaction of somebody's see no records.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_kit.database import Database
from crm_kit.reader import Row
from crm_kit.row_context import NOTHING, SET_LASTING, sight_of
from crm_kit.telemetry import observe_statement

_VALUE = re.compile(r"(?<!:):([a-z_]+)")
_BEGIN = text("SELECT")


class Statement:
    """SQL with ``:named`` values, each cast where PostgreSQL cannot tell its type.

    Raises what the driver raises; observed like every other statement.
    """

    def __init__(self, sql: str) -> None:
        self._names: list[str] = []
        self.sql = _VALUE.sub(self._place, sql)

    def _place(self, found: re.Match[str]) -> str:
        if found[1] not in self._names:
            self._names.append(found[1])
        return f"${self._names.index(found[1]) + 1}"

    async def __call__(self, connection: asyncpg.Connection, **values: Any) -> list[Row]:
        """The rows of the answer, asked on a connection of ``driver`` or ``driver_of``."""
        with observe_statement(self.sql):
            rows: list[Row] = await connection.fetch(
                self.sql, *[values[name] for name in self._names], record_class=Row
            )
        return rows

    async def alone(self, db: Database, **values: Any) -> list[Row]:
        """The rows of the answer, outside any transaction."""
        return await db.reader.fetch(self.sql, [values[name] for name in self._names])


async def driver_of(session: AsyncSession) -> asyncpg.Connection:
    """The driver's connection of a session, inside its transaction."""
    found = (await (await session.connection()).get_raw_connection()).driver_connection
    if found is None or not found.is_in_transaction():
        # SQLAlchemy begins with the first statement it sees; what the driver did before would stand by itself.
        await session.execute(_BEGIN)
        found = (await (await session.connection()).get_raw_connection()).driver_connection
    return found


@asynccontextmanager
async def driver_transaction(db: Database) -> AsyncIterator[asyncpg.Connection]:
    """A transaction on a connection of the pool, for the kit's own statements only."""
    async with db.engine.connect() as connection:
        found: Any = (await connection.get_raw_connection()).driver_connection
        sight = sight_of(connection.sync_connection)  # type: ignore[arg-type]
        try:
            if sight.kept != NOTHING:
                sight.kept = None
                await found.fetch(SET_LASTING, *NOTHING)
                sight.kept = NOTHING
            async with found.transaction():
                yield found
        finally:
            if found.is_closed():
                await connection.invalidate()

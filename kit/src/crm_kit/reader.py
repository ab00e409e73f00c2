"""The driver's own connections for get and list: one round trip per statement and nothing around it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_kit.row_context import NOTHING, SET_LASTING, Context
from crm_kit.telemetry import observe_statement

SERVER_SETTINGS = {"jit": "off", "max_parallel_workers_per_gather": "0", "timezone": "UTC"}
"""Statements here last milliseconds: to compile one, or to start workers for it (7 of 9 ms for a region's page among a
million records), costs more than it saves, and the workers are missing where others ask.
"""
WAIT_SECONDS = 5
"""How long a call waits for a free connection before it is refused as Overloaded."""

_ENDED = (
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.PostgresConnectionError,
)


class Row(asyncpg.Record):  # type: ignore[misc]  # the driver carries no types
    """A row by position, and by name for the few functions that compute a field from several columns."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Reader:
    """At most ``size`` autocommitting connections, opened when needed; one that shows the right rows already is taken
    first, then the one unused for longest.

    Who observes the statements of ``engine`` sees these as well.
    """

    def __init__(self, engine: AsyncEngine, size: int, **settings: str) -> None:
        self.engine = engine.sync_engine
        self._settings = {**SERVER_SETTINGS, **settings}
        self._free = asyncio.Semaphore(size)
        self._idle: list[tuple[asyncpg.Connection, Context | None]] = []

    async def fetch(self, statement: str, arguments: Sequence[Any], rows: Context = NOTHING) -> list[Row]:
        """All rows of a statement that sees the records ``rows`` says; a read whose connection the server had ended is sent
        once more. Raises the driver's errors, ConnectionError when the connection broke, PoolTimeout when none is free.
        """
        self.engine.dispatch.before_cursor_execute(self, None, statement, arguments, None, False)  # noqa: FBT003
        if self._free.locked():
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await self._free.acquire()
            except TimeoutError:
                raise PoolTimeout(f"no connection became free within {WAIT_SECONDS} s") from None
        else:
            await self._free.acquire()
        try:
            try:
                return await self._ask(statement, arguments, rows)
            except ConnectionError:
                if not _only_reads(statement):
                    raise
            # Whatever ended this one may have ended all that wait.
            return await self._ask(statement, arguments, rows, fresh=True)
        finally:
            self._free.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop()[0].close()

    async def _ask(self, statement: str, arguments: Sequence[Any], rows: Context, *, fresh: bool = False) -> list[Row]:
        connection, shown = (await self._connect(), NOTHING) if fresh else await self._connection(rows)
        known: Context | None = shown
        try:
            if known != rows:
                known = None
                with observe_statement(SET_LASTING):
                    await connection.fetch(SET_LASTING, *rows)
                known = rows
            with observe_statement(statement):
                return await connection.fetch(statement, *arguments)  # type: ignore[no-any-return]
        except _ENDED as error:
            # The driver learns that it is closed only after it was told why.
            connection.terminate()
            raise ConnectionError(str(error)) from error
        except asyncpg.InterfaceError as error:
            if connection.is_closed():
                raise ConnectionError(str(error)) from error
            raise
        finally:
            if not connection.is_closed():
                self._idle.append((connection, known))

    async def _connection(self, rows: Context) -> tuple[asyncpg.Connection, Context | None]:
        """An open connection and what it shows."""
        while self._idle:
            place = next((place for place, (_, shown) in enumerate(self._idle) if shown == rows), 0)
            connection, shown = self._idle.pop(place)
            if not connection.is_closed():
                return connection, shown
        return await self._connect(), NOTHING

    async def _connect(self) -> asyncpg.Connection:
        _, address = self.engine.dialect.create_connect_args(self.engine.url)
        connection = await asyncpg.connect(
            **address,
            server_settings=self._settings,
            record_class=Row,
            statement_cache_size=500,
            max_cached_statement_lifetime=0,
        )
        for name, prefix in (("jsonb", b"\x01"), ("json", b"")):
            await connection.set_type_codec(
                name,
                schema="pg_catalog",
                format="binary",
                encoder=lambda text, prefix=prefix: prefix + text.encode(),
                decoder=lambda stored, prefix=prefix: orjson.loads(stored.removeprefix(prefix)),
            )
        return connection


def _only_reads(statement: str) -> bool:
    """Whether it may be said twice: what was sent to a connection that broke may have been carried out."""
    return statement.lstrip().startswith("SELECT ")

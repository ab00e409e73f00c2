"""The driver's own connections for get and list: one round trip per statement and nothing around it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_kit.row_context import NOTHING, SET_LASTING, Context
from crm_kit.telemetry import observe_statement

SERVER_SETTINGS = {"jit": "off", "timezone": "UTC"}
WAIT_SECONDS = 5
"""How long a call waits for a free connection before it is refused as Unavailable."""


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
        """All rows of a statement that sees the records ``rows`` says; raises the driver's errors, ConnectionError when
        the connection broke, TimeoutError when none is free.
        """
        self.engine.dispatch.before_cursor_execute(self, None, statement, arguments, None, False)  # noqa: FBT003
        if self._free.locked():
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        else:
            await self._free.acquire()
        connection: asyncpg.Connection | None = None
        shown: Context | None = None
        try:
            connection, shown = await self._connection(rows)
            if shown != rows:
                shown = None
                with observe_statement(SET_LASTING):
                    await connection.fetch(SET_LASTING, *rows)
                shown = rows
            with observe_statement(statement):
                return await connection.fetch(statement, *arguments)  # type: ignore[no-any-return]
        except asyncpg.InterfaceError as error:
            if connection is None or connection.is_closed():
                raise ConnectionError(str(error)) from error
            raise
        finally:
            if connection is not None and not connection.is_closed():
                self._idle.append((connection, shown))
            self._free.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop()[0].close()

    async def _connection(self, rows: Context) -> tuple[asyncpg.Connection, Context | None]:
        """An open connection and what it shows."""
        while self._idle:
            place = next((place for place, (_, shown) in enumerate(self._idle) if shown == rows), 0)
            connection, shown = self._idle.pop(place)
            if not connection.is_closed():
                return connection, shown
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
        return connection, NOTHING

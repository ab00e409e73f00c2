"""The service's own database: one engine, a cheap way to read and a session for commands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from typing import Any

import orjson
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from crm_kit.access import refuse_unscoped, refuse_unscoped_read
from crm_kit.moves import Moves
from crm_kit.reader import SERVER_SETTINGS, Reader
from crm_kit.row_context import EVERYTHING, NOTHING, sight_of, watch
from crm_kit.shares import Shares
from crm_kit.subject_keys import SubjectKeys
from crm_kit.telemetry import instrument_engine
from crm_kit.widths import Widths


class ScopedSession(Session):
    """A session that refuses statements nobody put a scope on."""


event.listen(ScopedSession, "do_orm_execute", refuse_unscoped)


class Database:
    """Pools of connections to one PostgreSQL database.

    Reads run on autocommitting connections: one round trip, no BEGIN and no ROLLBACK. Commands run in a session.
    Get and list go through ``reader``; by what people typed through ``searcher``, whose statements are planned for
    their values.
    ``most_connections``: to the server, of all three together: ``pool_size`` that write and as many that read.
    ``usual``: the rows seen by a read that neither says for whom it is nor why it must see everything: none.
    ``after_commit`` is set whenever a transaction that announced events has committed; the relay waits for it.
    """

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        from crm_kit.audit import Notes  # noqa: PLC0415 - they are kept in a Database
        from crm_kit.custom_fields import CustomFields  # noqa: PLC0415
        from crm_kit.numbers import Numbers  # noqa: PLC0415

        self.url = async_url(url)
        self.usual = NOTHING
        self.engine: AsyncEngine = _engine(self.url, pool_size)
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT", reads=True)
        reading = max(2, pool_size // 2)
        self.most_connections = pool_size + 2 * reading
        self.reader = Reader(self.engine, reading)
        # A plan made for any word walks the newest rows for a rare one: seconds instead of milliseconds.
        self.searcher = Reader(self.engine, reading, plan_cache_mode="force_custom_plan")
        self.after_commit = asyncio.Event()
        self.numbers = Numbers(self)
        self.custom_fields = CustomFields(self)
        self.shares = Shares(self)
        self.notes = Notes(self)
        self.subjects: SubjectKeys | None = None
        self.moves = Moves(self)
        self.widths = Widths()

    async def open_subjects(self, subjects: SubjectKeys) -> None:
        """Seal and open personal values with these keys from now on."""
        await subjects.start(self.fetch)
        self.subjects = subjects

    async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
        """Rows of a fixed statement with ``$1`` places; it sees no scopes."""
        return list(await self.reader.fetch(statement, arguments))

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; every statement stands alone."""
        async with self._reader.connect() as connection:
            sight_of(connection.sync_connection).begin(self.usual, lasting=True)  # type: ignore[arg-type]
            yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session for writing; whoever opens it commits it: ``crm_kit.tx.begin`` and nobody in a service."""
        async with AsyncSession(self.engine, expire_on_commit=False, sync_session_class=ScopedSession) as session:
            yield session

    def seeing_everything(self) -> "Database":
        """The same database and pools for somebody who looks into it by hand: a test."""
        other = copy(self)
        other.usual = EVERYTHING
        return other

    async def dispose(self) -> None:
        await self.engine.dispose()
        await self.reader.close()
        await self.searcher.close()


def _engine(url: URL, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        # Values people typed must not end up in exception texts and logs.
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "server_settings": SERVER_SETTINGS,
            "prepared_statement_cache_size": 500,
        },
    )
    watch(engine.sync_engine)
    instrument_engine(engine.sync_engine)
    event.listen(engine.sync_engine, "before_execute", _check_read)
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def async_url(url: str) -> URL:
    """The URL with the asyncpg driver, whatever way it was written."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    # The driver knows at once that the server ended it; whoever was given it would have to fail to find out.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _check_read(connection: Connection, statement: Any, _many: Any, _one: Any, options: Any) -> None:
    # Sessions check for themselves; this is for reads, which have no session.
    if connection.get_execution_options().get("reads"):
        refuse_unscoped_read(statement, options)

"""Databases for tests: migrated once into a template, then copied in milliseconds."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

Build = Callable[[str], Awaitable[None] | None]


class DatabaseFactory:
    """Makes databases on one server; every name starts with ``prefix``, so that a run can drop what it made."""

    def __init__(self, admin_url: str, prefix: str) -> None:
        self.admin_url = admin_url
        self.prefix = prefix

    def url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{name}"))

    async def clone(self, template: str, build: Build) -> str:
        """The URL of a fresh copy of ``template``; its first use in this run calls ``build(url)`` to fill it.

        ``build`` may be async, or sync: then it runs in a thread and may use an event loop of its own.
        """
        connection = await asyncpg.connect(self.admin_url)
        try:
            origin = f"{self.prefix}_{template}"
            await self._ensure(connection, origin, build)
            name = f"{origin[:50]}_{uuid4().hex[:12]}"
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{origin}" STRATEGY file_copy')
        finally:
            await connection.close()
        return self.url(name)

    async def empty(self) -> str:
        """The URL of a fresh database with nothing in it."""
        return await self.clone("empty", lambda _: None)

    async def drop(self, url: str) -> None:
        """Drop one database, cutting its connections; the end of the run does it for those left over."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')
        finally:
            await connection.close()

    async def drop_all(self) -> None:
        connection = await asyncpg.connect(self.admin_url)
        try:
            names = await connection.fetch(
                "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", self.prefix
            )
            for (name,) in names:
                await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await connection.close()

    async def _ensure(self, connection: asyncpg.Connection, origin: str, build: Build) -> None:
        exists = "SELECT true FROM pg_database WHERE datname = $1"
        if await connection.fetchval(exists, origin):
            return
        # The other test processes wait here for the one that builds.
        await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", origin)
        try:
            if await connection.fetchval(exists, origin):
                return
            draft = f"{origin}_draft"
            await connection.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
            await connection.execute(f'CREATE DATABASE "{draft}" TEMPLATE template0')
            await _call(build, self.url(draft))
            await connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{origin}"')
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", origin)


async def _call(build: Build, url: str) -> None:
    if inspect.iscoroutinefunction(build):
        await build(url)
    else:
        result = await asyncio.to_thread(build, url)
        if inspect.isawaitable(result):
            await result

"""Databases for tests: migrated once into a template, then copied in milliseconds."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from crm_kit.provisioning import Role, furnish, make_database, make_role

Build = Callable[[str], Awaitable[None] | None]


class DatabaseFactory:
    """Makes databases on one server; every name starts with ``prefix``, so that a run can drop what it made."""

    def __init__(self, admin_url: str, prefix: str) -> None:
        self.admin_url = admin_url
        self.prefix = prefix
        self._owner = Role(f"{prefix}_owner", prefix)
        self._serving = Role(f"{prefix}_serving", prefix)

    def url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{name}"))

    async def clone(self, template: str, build: Build) -> str:
        """The URL of a fresh copy of ``template``; its first use in this run calls ``build(url)`` to fill it.

        ``build`` may be async, or sync: then it runs in a thread and may use an event loop of its own.
        """
        return self.url(await self._copy(template, build, None))

    async def served(self, template: str, build: Build) -> str:
        """The same as a service meets it: ``build`` is given the owner's URL, and the answer is that of the role that
        serves, which row security binds.
        """
        return self._serving.url(self.admin_url, await self._copy(f"{template}_served", build, self._owner))

    async def empty_served(self) -> tuple[str, str]:
        """The owner's and the serving role's URL of a fresh database with nothing in it."""
        name = await self._copy("empty_served", lambda _: None, self._owner)
        return self._owner.url(self.admin_url, name), self._serving.url(self.admin_url, name)

    async def _copy(self, template: str, build: Build, owner: Role | None) -> str:
        connection = await asyncpg.connect(self.admin_url)
        try:
            origin = f"{self.prefix}_{template}"
            await self._ensure(connection, origin, build, owner)
            name = f"{origin[:50]}_{uuid4().hex[:12]}"
            owned = f'OWNER "{owner.name}"' if owner is not None else ""
            await connection.execute(f'CREATE DATABASE "{name}" {owned} TEMPLATE "{origin}" STRATEGY file_copy')
        finally:
            await connection.close()
        return name

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
            for role in (self._owner, self._serving):
                await connection.execute(f'DROP ROLE IF EXISTS "{role.name}"')
        finally:
            await connection.close()

    async def _ensure(self, connection: asyncpg.Connection, origin: str, build: Build, owner: Role | None) -> None:
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
            if owner is None:
                await connection.execute(f'CREATE DATABASE "{draft}" TEMPLATE template0')
                await _call(build, self.url(draft))
            else:
                await self._furnished(connection, draft)
                await _call(build, owner.url(self.admin_url, draft))
            await connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{origin}"')
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", origin)

    async def _furnished(self, connection: asyncpg.Connection, name: str) -> None:
        # Roles are of the whole server, so two templates at once must not both make them.
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", self.prefix)
            for role in (self._owner, self._serving):
                await make_role(connection, role)
        await make_database(connection, name, owner=self._owner.name, serving=self._serving.name)
        await furnish(self.url(name), owner=self._owner.name, serving=self._serving.name)


async def _call(build: Build, url: str) -> None:
    if inspect.iscoroutinefunction(build):
        await build(url)
    else:
        result = await asyncio.to_thread(build, url)
        if inspect.isawaitable(result):
            await result

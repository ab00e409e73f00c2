"""A service's database and its two roles: one owns the schema and migrates it, the other serves and owns nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from asyncpg.exceptions import InsufficientPrivilegeError

from crm_kit import audit_trail
from crm_kit.row_security import leakproof_statements


@dataclass(frozen=True, slots=True)
class Role:
    """A role that may log in."""

    name: str
    password: str

    def url(self, admin_url: str, database: str) -> str:
        """How this role connects to a database of the server that the administrator's URL names."""
        parts = urlsplit(admin_url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{self.name}:{quote(self.password)}@{host}", path=f"/{database}"))


def grants(owner: str, serving: str) -> Sequence[str]:
    """What lets a role work with everything that another owns in a database, now and later, without owning it."""
    later = f'ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" GRANT'
    return (
        f'GRANT USAGE ON SCHEMA public TO "{serving}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{serving}"',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{serving}"',
        f'{later} SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{serving}"',
        f'{later} USAGE, SELECT ON SEQUENCES TO "{serving}"',
        # What was just given on all tables is too much for the trail.
        audit_trail.GRANTS,
    )


async def make_role(connection: asyncpg.Connection, role: Role) -> None:
    """Create the role or give it this password; it is nobody special."""
    exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role.name)
    password = role.password.replace("'", "''")
    await connection.execute(f"{'ALTER' if exists else 'CREATE'} ROLE \"{role.name}\" LOGIN PASSWORD '{password}'")
    # An administrator who is no superuser may give something away only to a role it belongs to.
    await connection.execute(f'GRANT "{role.name}" TO CURRENT_USER')


async def make_database(connection: asyncpg.Connection, name: str, *, owner: str, serving: str) -> None:
    """Create the database unless it exists; only its own roles may connect to it."""
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        await connection.execute(f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE template0')
        await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO "{serving}"')


async def furnish(url: str, *, owner: str, serving: str) -> str:
    """Grants and marks inside a database, by an administrator's URL of it; answers what could not be done, if anything.

    A database that the serving role owned becomes the owner's.
    """
    connection = await asyncpg.connect(url)
    try:
        if owner != serving:
            if await connection.fetchval(_OWNED_BY, serving):
                await connection.execute(f'REASSIGN OWNED BY "{serving}" TO "{owner}"')
            for statement in grants(owner, serving):
                await connection.execute(statement)
        try:
            for statement in leakproof_statements():
                await connection.execute(statement)
        except InsufficientPrivilegeError:
            return "only a superuser may mark functions LEAKPROOF: searches in narrow scopes read whole tables"
        return ""
    finally:
        await connection.close()


_OWNED_BY = """
    SELECT EXISTS (SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = $1)
        OR EXISTS (SELECT FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
                   WHERE r.rolname = $1 AND d.datname = current_database())
"""

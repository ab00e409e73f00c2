"""One database and one role per service, on our own PostgreSQL or on one that was given."""

from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from crm_local.credentials import Secrets


def database_name(service: str) -> str:
    return service.replace("-", "_")


async def make_databases(admin_url: str, services: Sequence[str], secrets: Secrets) -> dict[str, str]:
    """Create what is missing; the URL of each service's own role and database.

    A role may connect to its own database only.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        return {service: await _make(connection, admin_url, service, secrets) for service in services}
    finally:
        await connection.close()


async def _make(connection: asyncpg.Connection, admin_url: str, service: str, secrets: Secrets) -> str:
    name = database_name(service)
    password = secrets.password(f"database {name}")
    exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name)
    verb = "ALTER" if exists else "CREATE"
    await connection.execute(f"{verb} ROLE \"{name}\" LOGIN PASSWORD '{password}'")
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        # An administrator who is no superuser may give a database away only to a role it belongs to.
        await connection.execute(f'GRANT "{name}" TO CURRENT_USER')
        await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}" TEMPLATE template0')
        await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:{quote(password)}@{host}", path=f"/{name}"))

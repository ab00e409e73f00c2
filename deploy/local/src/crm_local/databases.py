"""One database and two roles per service, on our own PostgreSQL or on one that was given."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from crm_kit.provisioning import Role, furnish, make_database, make_role
from crm_local.credentials import Secrets

MAKES_TABLES = frozenset({"reporting"})
"""Services that make tables while they serve, so that they own theirs; none of these holds records of units."""


class Urls(NamedTuple):
    """How a service's two roles reach its database."""

    serving: str
    owner: str


def database_name(service: str) -> str:
    return service.replace("-", "_")


async def make_databases(admin_url: str, services: Sequence[str], secrets: Secrets) -> tuple[dict[str, Urls], str]:
    """Create what is missing; the URLs of each service, and what the administrator was not allowed to do, if anything.

    A role may connect to its own database only.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        made = [await _make(connection, admin_url, service, secrets) for service in services]
    finally:
        await connection.close()
    return dict(zip(services, (urls for urls, _ in made), strict=True)), next((note for _, note in made if note), "")


async def _make(connection: asyncpg.Connection, admin_url: str, service: str, secrets: Secrets) -> tuple[Urls, str]:
    name = database_name(service)
    serving = Role(name, secrets.password(f"database {name}"))
    owner = serving if service in MAKES_TABLES else Role(f"{name}_owner", secrets.password(f"database {name} owner"))
    for role in dict.fromkeys((owner, serving)):
        await make_role(connection, role)
    await make_database(connection, name, owner=owner.name, serving=serving.name)
    inside = urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
    note = await furnish(inside, owner=owner.name, serving=serving.name)
    return Urls(serving.url(admin_url, name), owner.url(admin_url, name)), note

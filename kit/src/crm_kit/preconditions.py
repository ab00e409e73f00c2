"""What must hold before a service works: a schema it knows, a role that row security binds, a broker that keeps its word."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from asyncpg.exceptions import PostgresError
from sqlalchemy.engine import URL

from crm_kit import row_security as wall_of_rows
from crm_kit.parts import Service
from crm_kit.revisions import outdated
from crm_kit.settings import ProcessSettings
from crm_kit.stream import syncs_always

log = logging.getLogger(__name__)


async def schema(
    service: Service, settings: ProcessSettings, stop: asyncio.Event, note_missing: Callable[[str], None]
) -> bool:
    """Wait until somebody has migrated the database, noting what is missing; a half-migrated one is never served.

    False when the process was stopped meanwhile. A schema that a newer release has made is served: it only adds.
    """
    told = ""
    while not stop.is_set():
        try:
            lacking = await outdated(settings.database_url, service.package)
        except (OSError, PostgresError) as error:
            lacking = [str(error)]
        if not lacking:
            return True
        waiting = f"waiting for the schema: run `crm-{service.name} migrate` ({', '.join(lacking)})"
        note_missing(waiting)
        if waiting != told:
            log.warning("%s", waiting)
            told = waiting
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.5)
    return False


async def row_security(service: Service, settings: ProcessSettings, url: URL) -> None:
    """A role that row security does not bind would make a forgotten predicate a leak: refused unless accepted."""
    wall = await wall_of_rows.examine(url, wall_of_rows.scoped_tables(service.metadata))
    for warning in wall.warnings:
        log.warning("%s", warning)
    if wall.faults and settings.row_security == "on":
        raise SystemExit("\n".join(f"crm-{service.name}: {fault}" for fault in wall.faults))
    for fault in wall.faults:
        log.warning("ROW SECURITY IS OFF: %s", fault)


async def durability(monitor_url: str, stop: asyncio.Event) -> None:
    """A broker that acknowledges before its disk has the message loses events with the power: refused."""
    while monitor_url and not stop.is_set():
        try:
            if await syncs_always(monitor_url):
                return
        except OSError as error:
            log.warning("waiting for the broker's monitor at CRM_NATS_MONITOR_URL: %s", error)
            await asyncio.sleep(2)
            continue
        raise SystemExit("NATS: set `sync_interval: always` in its jetstream block, or unset CRM_NATS_MONITOR_URL.")

"""Facts beside the live ones: the same tables in a schema of their own, filled by the same consumer, then swapped in.

A connection whose search path begins with the shadow schema sees the shadow's facts and inbox and the live rest, so the
rebuild runs the very code that applies events every day.
"""

from typing import Any

from sqlalchemy import Connection, Row, Table, event, text

from crm_kit.database import Database
from crm_kit.inbox import inbox, inbox_cursor
from crm_kit.metadata import kit_metadata
from crm_kit.tx import Tx
from crm_reporting.domain.projection import PROJECTION
from crm_reporting.domain.record import Record

LIVE, SHADOW, RETIRED = "public", "facts_rebuild", "facts_before"
SWAPPED: tuple[Table, ...] = (*PROJECTION, inbox, inbox_cursor)
BEHIND_AT_ONCE = 500


def shadow_database(db: Database) -> Database:
    """The same database, seen with the shadow's tables in front."""
    shadow = Database(db.url.render_as_string(hide_password=False), pool_size=2)

    @event.listens_for(shadow.engine.sync_engine, "connect")
    def _look_there_first(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"SET search_path TO {SHADOW}, {LIVE}")
        cursor.close()
        connection.autocommit = False

    return shadow


async def make_shadow(db: Database, shadow: Database) -> None:
    """Empty shadow tables; those of a rebuild that was interrupted are dropped."""
    async with db.connect() as connection:
        await connection.execute(text(f"DROP SCHEMA IF EXISTS {SHADOW} CASCADE"))
        await connection.execute(text(f"CREATE SCHEMA {SHADOW}"))
    async with shadow.connect() as connection:
        await connection.run_sync(_create_tables)


def _create_tables(connection: Connection) -> None:
    Record.metadata.create_all(connection, tables=list(PROJECTION), checkfirst=False)
    kit_metadata.create_all(connection, tables=[inbox, inbox_cursor], checkfirst=False)


async def behind(connection: Any) -> list[Row[Any]]:
    """Aggregates of which the live facts know more than the shadow: ``aggregate_type, aggregate_id, shadow_seq``."""
    return list((await connection.execute(_BEHIND, {"most": BEHIND_AT_ONCE})).all())


async def stop_consumers(tx: Tx) -> None:
    """Let the events being applied finish and hold back the next ones until this transaction ends."""
    await tx.session.execute(text("SET LOCAL lock_timeout = '30s'"))
    await tx.session.execute(text(f"LOCK TABLE {LIVE}.inbox_cursor IN ACCESS EXCLUSIVE MODE"))


async def count_rows(tx: Tx) -> dict[str, list[int]]:
    """Rows per table of facts, live and shadow."""
    counts = {}
    for table in PROJECTION:
        both = text(
            f"SELECT (SELECT count(*) FROM {LIVE}.{table.name}), (SELECT count(*) FROM {SHADOW}.{table.name})"  # noqa: S608
        )
        counts[str(table.name)] = [int(n) for n in (await tx.session.execute(both)).one()]
    return counts


async def swap(tx: Tx) -> None:
    """Put the shadow in the place of the live facts; these are kept until the next rebuild."""
    await tx.session.execute(text(f"DROP SCHEMA IF EXISTS {RETIRED} CASCADE"))
    await tx.session.execute(text(f"CREATE SCHEMA {RETIRED}"))
    for table in SWAPPED:
        await tx.session.execute(text(f"ALTER TABLE {LIVE}.{table.name} SET SCHEMA {RETIRED}"))
        await tx.session.execute(text(f"ALTER TABLE {SHADOW}.{table.name} SET SCHEMA {LIVE}"))
    await tx.session.execute(text(f"DROP SCHEMA {SHADOW}"))


_BEHIND = text(f"""
    SELECT live.aggregate_type, live.aggregate_id, coalesce(shadow.last_seq, 0) AS shadow_seq
    FROM {LIVE}.inbox_cursor live
    LEFT JOIN {SHADOW}.inbox_cursor shadow USING (consumer, aggregate_type, aggregate_id)
    WHERE live.last_seq > coalesce(shadow.last_seq, 0) LIMIT :most
""")  # noqa: S608 - constants

"""Schema changes: the kit's own tables and a service's, as two branches of one Alembic history.

A service's ``migrations/env.py`` calls ``run(Record.metadata)``; its first revision has ``depends_on = "kit_0003"`` and
calls ``record_facts`` for every entity table it creates, ``secure_rows`` for those whose records belong to units.
"""

import asyncio
import importlib
from collections.abc import Sequence
from typing import Any

from alembic import command, context, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from crm_kit.database import async_url
from crm_kit.facts import trigger_statements
from crm_kit.metadata import kit_metadata
from crm_kit.revisions import KIT_FOLDER, folder
from crm_kit.row_context import EVERYTHING, SET_LOCAL
from crm_kit.row_security import policy_statements
from crm_kit.sealed_text import SEALED

LOCK = 7_305_811
KIT_MODULES = (
    "audit_trail",
    "bulk_changes",
    "custom_fields",
    "erasure",
    "following",
    "idempotency",
    "inbox",
    "jobs",
    "modules",
    "moves",
    "numbers",
    "outbox",
    "saga",
    "subject_keys",
    "timers",
)
"""Modules that declare tables on ``kit_metadata``."""


def config(package: str, url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(folder(package)))
    made.set_main_option("version_locations", f"{KIT_FOLDER};{folder(package) / 'versions'}")
    made.set_main_option("path_separator", ";")
    made.attributes["url"] = url
    return made


def upgrade(url: str, package: str) -> None:
    """Bring a database to the newest schema of the package and the kit; waits for another process doing the same."""
    command.upgrade(config(package, url), "heads")


def draft(url: str, package: str, message: str, *, kit: bool = False) -> None:
    """Write a new revision with what the mapped classes have and the database lacks, for a person to edit."""
    made = config(package, url)
    head = "kit@head" if kit else f"{package}@head"
    command.revision(made, message, autogenerate=True, head=head)


def differences(url: str, metadata: MetaData) -> list[Any]:
    """What the mapped classes have and a migrated database has not, or the reverse; empty when they agree."""
    _import_kit()

    def compare(connection: Connection) -> list[Any]:
        made = MigrationContext.configure(connection, opts=COMPARE)
        return list(compare_metadata(made, [kit_metadata, metadata]))  # type: ignore[arg-type]

    return asyncio.run(_with_connection(url, compare))


def run(metadata: MetaData) -> None:
    """The whole of a service's ``env.py``."""
    _import_kit()
    url = context.config.attributes["url"]

    def migrate(connection: Connection) -> None:
        context.configure(connection=connection, target_metadata=[kit_metadata, metadata], **COMPARE)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            # The owner is bound by row security as everybody is; a migration changes the records of all.
            connection.exec_driver_sql(SET_LOCAL, EVERYTHING)
            context.run_migrations()

    asyncio.run(_with_connection(url, migrate, commit=True))


def record_facts(*tables: str, secret: Sequence[str] = ()) -> None:
    """Have every change of these tables recorded in ``audit_entry``; of ``secret`` columns only that they changed."""
    for table in tables:
        for statement in trigger_statements(table, secret):
            op.execute(statement)


def keep_sealed(table: str, *columns: str, lists: Sequence[str] = ()) -> None:
    """The second wall: a value that nobody sealed is refused by the database, whatever statement brings it."""
    one = f"{{0}} = '' OR {{0}} LIKE '{SEALED}%'"
    each = f"'{SEALED}' COLLATE \"C\" <= ALL ({{0}}) AND '{SEALED[:-1]};' COLLATE \"C\" > ALL ({{0}})"
    for column, rule in [*((name, one) for name in columns), *((name, each) for name in lists)]:
        check = f"ck_{table}_{column}_sealed CHECK ({rule.format(column)})"
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {check}")


def secure_rows(*tables: str) -> None:
    """Have PostgreSQL itself show of these tables only what the connection's context admits."""
    for table in tables:
        for statement in policy_statements(table):
            op.execute(statement)


COMPARE: dict[str, Any] = {"compare_type": True, "compare_server_default": False, "transaction_per_migration": False}


async def _with_connection(url: str, work: Any, *, commit: bool = False) -> Any:
    engine = create_async_engine(async_url(url), poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            result = await connection.run_sync(work)
            if commit:
                await connection.commit()
            return result
    finally:
        await engine.dispose()


def _import_kit() -> None:
    for module in KIT_MODULES:
        importlib.import_module(f"crm_kit.{module}")

"""The kit's own schema as its migration makes it is the one its modules declare; newer and older are told apart."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit import cli, migrations
from crm_kit.entity import Entity, new_metadata
from crm_kit.revisions import outdated
from crm_kit.service import Parts, Service
from crm_kit.testing.databases import DatabaseFactory

PACKAGE = "crm_lamps"
ENV = "from crm_kit import migrations\nfrom crm_lamps import Record\n\nmigrations.run(Record.metadata)\n"
FIRST = """
import sqlalchemy as sa
from alembic import op
from crm_kit.migrations import record_facts
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision, branch_labels, depends_on = "lamps_0001", None, ("crm_lamps",), "kit_0001"


def upgrade():
    op.create_table(
        "lamp",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid()),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid()),
        sa.Column("custom_fields", JSONB(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True)),
    )
    record_facts("lamp")
"""


class Record(Entity):
    __abstract__ = True
    metadata = new_metadata()


class Lamp(Record):
    __tablename__ = "lamp"
    name: Mapped[str] = mapped_column(default="")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    home = tmp_path / "src" / PACKAGE
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("Record = None\n")
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    (folder / "versions" / "0001_lamps.py").write_text(FIRST)
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    __import__(PACKAGE)
    sys.modules[PACKAGE].Record = Record  # type: ignore[attr-defined]
    yield Service("lamps", PACKAGE, Record.metadata, lambda _: Parts({}))
    del sys.modules[PACKAGE]


async def execute(url: str, statement: str) -> Any:
    engine = create_async_engine(migrations.async_url(url))
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        rows = result.all() if result.returns_rows else []
    await engine.dispose()
    return rows


async def test_a_migrated_database_is_what_the_classes_say(database_factory: DatabaseFactory, service: Service) -> None:
    url = await database_factory.empty()
    assert "lamps_0001" in await outdated(url, PACKAGE)
    await asyncio.to_thread(migrations.upgrade, url, PACKAGE)
    await asyncio.to_thread(migrations.upgrade, url, PACKAGE)
    assert await outdated(url, PACKAGE) == []
    assert await asyncio.to_thread(migrations.differences, url, Record.metadata) == []
    await execute(url, "ALTER TABLE lamp ADD COLUMN colour text")
    assert "colour" in str(await asyncio.to_thread(migrations.differences, url, Record.metadata))


async def test_the_outbox_has_its_shards_from_the_start(database_factory: DatabaseFactory, service: Service) -> None:
    url = await database_factory.empty()
    await asyncio.to_thread(migrations.upgrade, url, PACKAGE)
    assert [row.count for row in await execute(url, "SELECT count(*) FROM outbox_shard")] == [64]


async def test_a_database_a_newer_release_has_migrated_is_served(
    database_factory: DatabaseFactory, service: Service
) -> None:
    url = await database_factory.empty()
    await asyncio.to_thread(migrations.upgrade, url, PACKAGE)
    await execute(url, "UPDATE alembic_version SET version_num = 'lamps_0002' WHERE version_num = 'lamps_0001'")
    assert await outdated(url, PACKAGE) == []


async def test_the_commands_migrate_and_check_say_by_their_code_how_it_went(
    database_factory: DatabaseFactory,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = await database_factory.empty()
    monkeypatch.setenv("CRM_DATABASE_URL", url)
    assert await asyncio.to_thread(cli.main, service, ["check"]) == 1
    assert "missing revision lamps_0001" in capsys.readouterr().err
    assert await asyncio.to_thread(cli.main, service, ["migrate"]) == 0
    assert await asyncio.to_thread(cli.main, service, ["check"]) == 0

"""The kit's own schema as its migration makes it is the one its modules declare; newer and older are told apart."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit import cli, migrations
from crm_kit.entity import Entity, new_metadata
from crm_kit.keys import Keys
from crm_kit.revisions import outdated
from crm_kit.row_security import examine
from crm_kit.service import Parts, Service
from crm_kit.testing.databases import DatabaseFactory

PACKAGE = "crm_lamps"
ENV = "from crm_kit import migrations\nfrom crm_lamps import Record\n\nmigrations.run(Record.metadata)\n"
FIRST = """
import sqlalchemy as sa
from alembic import op
from crm_kit.migrations import record_facts, secure_rows
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision, branch_labels, depends_on = "lamps_0001", None, ("crm_lamps",), "kit_0003"


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
    secure_rows("lamp")
"""

LAMP = """
    INSERT INTO lamp (name, id, version, event_seq, unit_path, custom_fields, create_time, update_time)
    VALUES ('lamp', uuidv7(), 1, 0, '/hq/', '{}', now(), now())
"""
SECOND = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "lamps_0002", "lamps_0001", None, None


def upgrade():
    op.execute("UPDATE lamp SET name = 'desk ' || name")
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
    owner, serving = await database_factory.empty_served()
    monkeypatch.setenv("CRM_DATABASE_URL", serving)
    monkeypatch.setenv("CRM_MIGRATION_DATABASE_URL", owner)
    assert await asyncio.to_thread(cli.main, service, ["check"]) == 1
    assert "missing revision lamps_0001" in capsys.readouterr().err
    assert await asyncio.to_thread(cli.main, service, ["migrate"]) == 0
    assert await asyncio.to_thread(cli.main, service, ["check"]) == 0


async def test_the_command_audit_verify_names_the_broken_link_by_its_code_and_words(
    database_factory: DatabaseFactory,
    service: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = await database_factory.empty()
    await asyncio.to_thread(migrations.upgrade, url, PACKAGE)
    Keys.generate(tmp_path / "keys", ["lamps"])
    monkeypatch.setenv("CRM_DATABASE_URL", url)
    monkeypatch.setenv("CRM_KEYS_DIR", str(tmp_path / "keys"))
    verify = ["audit", "verify"]
    assert await asyncio.to_thread(cli.main, service, verify) == 0
    assert "lamps: 0 entries verified" in capsys.readouterr().out
    await execute(
        url,
        "INSERT INTO audit_entry (action, record_type, actor, cause_id, time, chain_seq, hash) "
        "VALUES ('update', 'lamp', 'user:1', '', now(), 1, 'made up')",
    )
    assert await asyncio.to_thread(cli.main, service, verify) == 1
    assert "lamps: BROKEN at position 1 (CHANGED)" in capsys.readouterr().err
    assert capsys.readouterr().err == ""


async def test_a_role_that_row_security_does_not_bind_is_refused_unless_accepted(
    database_factory: DatabaseFactory,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    owner, serving = await database_factory.empty_served()
    await asyncio.to_thread(migrations.upgrade, owner, PACKAGE)
    superuser = database_factory.url(urlsplit(owner).path[1:])
    for url, what in ((owner, "owns lamp"), (superuser, "is a superuser")):
        monkeypatch.setenv("CRM_DATABASE_URL", url)
        monkeypatch.setenv("CRM_ROW_SECURITY", "on")
        assert await asyncio.to_thread(cli.main, service, ["check"]) == 1
        assert what in capsys.readouterr().err
        monkeypatch.setenv("CRM_ROW_SECURITY", "off")
        assert await asyncio.to_thread(cli.main, service, ["check"]) == 0
    await execute(superuser, "ALTER TABLE lamp NO FORCE ROW LEVEL SECURITY")
    await execute(superuser, "ALTER FUNCTION texticlike(text, text) NOT LEAKPROOF")
    found = await examine(migrations.async_url(serving), ["lamp"])
    assert [fault.partition(".")[0] for fault in found.faults] == ["table lamp has no forced row security"]
    assert [warning.partition(".")[0] for warning in found.warnings] == ["not marked LEAKPROOF: texticlike"]


async def test_a_migration_changes_the_records_of_all(database_factory: DatabaseFactory, service: Service) -> None:
    owner, _ = await database_factory.empty_served()
    await asyncio.to_thread(migrations.upgrade, owner, PACKAGE)
    superuser = database_factory.url(urlsplit(owner).path[1:])
    await execute(superuser, LAMP)
    assert await execute(owner, "SELECT name FROM lamp") == []
    second = Path(str(sys.modules[PACKAGE].__file__)).parents[2] / "migrations" / "versions" / "0002_names.py"
    second.write_text(SECOND)
    await asyncio.to_thread(migrations.upgrade, owner, PACKAGE)
    assert [row.name for row in await execute(superuser, "SELECT name FROM lamp")] == ["desk lamp"]

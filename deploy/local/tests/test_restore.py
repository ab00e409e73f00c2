"""What a restore refuses before it touches anything, when a backup is due, and who is ahead of whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from crm.type.v1.event_batch_pb2 import EventBatch

from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.log_archive import LogArchive
from crm_kit.backup.manifest import FILE, Manifest
from crm_kit.backup.sealed_files import BackupUnreadable, Sealed, make_identity
from crm_kit.digests import first_id
from crm_kit.testing.databases import DatabaseFactory
from crm_local.__main__ import USAGE_ERROR, main
from crm_local.backups import backup, backups
from crm_local.console import Console
from crm_local.daily import due
from crm_local.lock import AlreadyRunningError, RunLock
from crm_local.orphans import orphans
from crm_local.restore import open_up, restore, target_of
from crm_local.settings import SettingError, Settings, read_settings
from crm_local.status import STOPPED
from crm_local.storage import RestoreRefused, Storage
from crm_local.up import up

CUT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CRM_RUN_DIR": str(tmp_path / "run"), "CRM_DEMO": "no"})


@pytest.fixture
def folder(settings: Settings) -> BackupFolder:
    """With one backup, of nothing."""
    made = BackupFolder(settings.backup_dir)
    with made.new("monday") as draft:
        about = Manifest("monday", "cut-monday", CUT, 1.0, "0.1.0", "18.6", [], {}, [])
        (draft / FILE).write_bytes(about.written())
    return made


def test_backups_and_their_identity_lie_beside_the_data_and_not_together(settings: Settings) -> None:
    assert settings.backup_dir.parent == settings.run_dir.parent
    assert settings.run_dir not in settings.backup_dir.parents
    assert settings.backup_dir not in settings.backup_identity.parents


@pytest.mark.parametrize("variable", ["CRM_BACKUP_HOURS", "CRM_BACKUP_KEEP"])
def test_a_number_that_is_none_is_refused_by_its_variable(variable: str) -> None:
    with pytest.raises(SettingError, match=variable):
        read_settings({variable: "daily"})


async def test_a_running_platform_is_not_restored_over(settings: Settings, folder: BackupFolder) -> None:
    lock = RunLock(settings.run_dir)
    lock.take("http://127.0.0.1:8080", 8000)
    with pytest.raises(AlreadyRunningError):
        await restore(settings, folder, "monday", replace=True)


async def test_data_that_is_there_is_not_overwritten_unless_told(settings: Settings, folder: BackupFolder) -> None:
    (settings.run_dir / "keys").mkdir(parents=True)
    with pytest.raises(RestoreRefused, match="--replace"):
        await restore(settings, folder, "monday", replace=False)
    assert (settings.run_dir / "keys").exists()


async def test_a_backup_that_is_not_whole_leaves_the_data_where_it_is(settings: Settings, folder: BackupFolder) -> None:
    (settings.run_dir / "keys").mkdir(parents=True)
    make_identity(settings.backup_identity)
    with pytest.raises(BackupUnreadable):
        await restore(settings, folder, "monday", replace=True)
    assert (settings.run_dir / "keys").exists()


@pytest.mark.parametrize("variable", ["CRM_PG_URL", "CRM_NATS_URL"])
async def test_a_server_of_somebody_else_is_not_restored(tmp_path: Path, variable: str) -> None:
    theirs = read_settings({"CRM_RUN_DIR": str(tmp_path / "run"), variable: "scheme://somewhere"})
    with pytest.raises(RestoreRefused, match=variable):
        await restore(theirs, BackupFolder(tmp_path), "monday", replace=True)


async def test_a_restore_that_did_not_end_is_not_started(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    Storage(settings.run_dir).prepare()
    Storage(settings.run_dir).restoring.touch()
    assert await up(settings) == 1
    assert "--replace" in capsys.readouterr().out


def test_refusals_end_the_command_with_code_two_and_their_reason(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRM_RUN_DIR", str(settings.run_dir))
    assert main(["restore", "nothing"]) == USAGE_ERROR
    assert "there is no backup nothing" in capsys.readouterr().err


async def test_what_does_not_run_is_not_backed_up(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert await backup(settings, BackupFolder(settings.backup_dir), Console()) == STOPPED
    assert "does not run" in capsys.readouterr().out
    assert not settings.backup_dir.exists()


def test_the_list_tells_age_size_and_cut(folder: BackupFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert backups(folder) == 0
    line = capsys.readouterr().out
    assert line.startswith("monday ")
    assert "cut 2026-11-23 12:00:00 UTC  not verified" in line
    folder.note_verified(folder.get("monday"))
    assert backups(folder) == 0
    assert "not verified" not in capsys.readouterr().out


def test_a_folder_without_backups_is_told_as_a_failure(tmp_path: Path) -> None:
    assert backups(BackupFolder(tmp_path)) == 1


def test_a_backup_is_due_when_the_newest_is_as_old_as_was_said(settings: Settings, folder: BackupFolder) -> None:
    assert not due(settings, CUT + timedelta(hours=23, minutes=59))
    assert due(settings, CUT + timedelta(hours=24))
    assert due(replace(settings, backup_dir=folder.path / "none"), CUT)


def test_the_quarantine_ends_once(settings: Settings) -> None:
    storage = Storage(settings.run_dir)
    storage.prepare()
    storage.quarantine.touch()
    assert [open_up(settings), open_up(settings)] == [0, 1]


TABLES = """
    CREATE TABLE outbox (event_id uuid PRIMARY KEY, item_ids uuid[], payload bytea);
    CREATE TABLE inbox (consumer text, event_id uuid, source text, PRIMARY KEY (consumer, event_id));
"""


async def boxes(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES)
    await connection.close()


async def test_events_that_their_producer_does_not_know_are_counted_by_consumer(
    database_factory: DatabaseFactory,
) -> None:
    urls = {name: await database_factory.clone("orphans", boxes) for name in ("leads", "customers")}
    leads, customers = [await asyncpg.connect(url) for url in urls.values()]
    start = first_id(CUT).int
    known, batched, lost, too_old = (UUID(int=start + n) for n in (1, 2, 3, -(100 * 3_600_000 << 80)))
    batch = EventBatch()
    batch.items.add(event_id=str(batched))
    await leads.execute("INSERT INTO outbox VALUES ($1, NULL, '')", known)
    await leads.execute(
        "INSERT INTO outbox VALUES ($1, $2, $3)", UUID(int=start + 9), [uuid4()], batch.SerializeToString()
    )
    heard = [("timeline", one, "/crm/leads") for one in (known, batched, lost, too_old)]
    await customers.executemany("INSERT INTO inbox VALUES ($1, $2, $3)", [*heard, ("other", lost, "/crm/leads")])
    found = await orphans(urls, CUT)
    assert sorted(found) == [
        "customers (other) has had 1 events that /crm/leads does not know",
        "customers (timeline) has had 1 events that /crm/leads does not know",
    ]
    for connection in (leads, customers):
        await connection.close()
    for url in urls.values():
        await database_factory.drop(url)


def logged(folder: BackupFolder, reaches: datetime) -> None:
    """A log that was kept up to a moment, of no segments."""
    log = LogArchive(folder)
    log.path.mkdir(parents=True)
    (log.path / "reaches").write_text(reaches.isoformat())


def test_a_moment_is_brought_back_by_the_newest_backup_before_it(folder: BackupFolder) -> None:
    segment = Sealed("000000010000000000000007.gz.age", 1, 1, "")
    with folder.new("tuesday") as draft:
        about = Manifest("tuesday", "cut-tuesday", CUT + timedelta(days=1), 1.0, "0.1.0", "18.6", [], {}, [], [segment])
        (draft / FILE).write_bytes(about.written())
    logged(folder, CUT + timedelta(days=3))
    target = target_of(folder, "", CUT + timedelta(days=2))
    assert target.manifest.name == "tuesday"
    assert target.settings == {"recovery_target_time": (CUT + timedelta(days=2)).isoformat()}
    assert target_of(folder, "monday", None).settings == {"recovery_target_name": "cut-monday"}


@pytest.mark.parametrize(("hours", "said"), [(-1, "no backup"), (25, "the log reaches")])
async def test_a_moment_out_of_reach_is_refused_before_anything_is_touched(
    settings: Settings, folder: BackupFolder, hours: int, said: str
) -> None:
    (settings.run_dir / "keys").mkdir(parents=True)
    logged(folder, CUT + timedelta(hours=24))
    with pytest.raises(BackupUnreadable, match=said):
        await restore(settings, folder, "", replace=True, moment=CUT + timedelta(hours=hours))
    assert (settings.run_dir / "keys").exists()


@pytest.mark.parametrize("arguments", [["restore"], ["restore", "--at", "yesterday"]])
def test_a_restore_says_of_what_or_to_which_moment(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == USAGE_ERROR

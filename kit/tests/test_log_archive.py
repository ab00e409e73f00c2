"""A server brought back to a moment between backups, from a backup and the log that was kept since."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from crm_kit.backup.copying import Source, back_up
from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.log_archive import LogArchive
from crm_kit.backup.manifest import Manifest
from crm_kit.backup.sealed_files import BackupUnreadable, make_identity, public_keys, read_identities
from crm_kit.backup.unpacking import unpack_server
from crm_kit.testing.processes import ChildProcess, free_port, unprivileged_user
from crm_kit.testing.servers import PostgresServer, open_folders


@dataclass
class Kept:
    """A backup, the log since, and a moment between the second and the third row that was written after it."""

    home: Path
    folder: BackupFolder
    log: LogArchive
    manifest: Manifest
    identities: list[Any]
    moment: datetime


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    home = Path(tempfile.mkdtemp(prefix="crm-test-log-", dir=open_folders(unprivileged_user())[0]))
    home.chmod(0o711)
    server = PostgresServer(home / "data", port=free_port(), durable=True)
    server.start(home / "log")
    make_identity(home / "identity.txt")
    identities = read_identities(home / "identity.txt")
    try:
        yield asyncio.run(_written(server, home, identities))
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _written(server: PostgresServer, home: Path, identities: list[Any]) -> Kept:
    folder, recipients = BackupFolder(home / "backups"), public_keys(identities)
    log = LogArchive(folder)
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute("CREATE TABLE note (number int); INSERT INTO note VALUES (0)")
        await log.hold(connection)
        manifest = await back_up(Source(server.url, server.bin, {}), folder, recipients, lambda _: None)
        await connection.execute("INSERT INTO note VALUES (1)")
        assert await log.take(connection, recipients) >= 1
        await connection.execute("INSERT INTO note VALUES (2)")
        moment: datetime = await connection.fetchval("SELECT clock_timestamp()")
        await connection.execute("INSERT INTO note VALUES (3)")
        assert await log.take(connection, recipients) >= 1
        assert await connection.fetchval("SELECT count(*) FROM pg_replication_slots WHERE wal_status = 'reserved'") == 1
    finally:
        await connection.close()
    return Kept(home, folder, log, manifest, identities, moment)


def brought_back(kept: Kept, moment: datetime) -> list[int]:
    """The rows of a server made of the backup and the log, at the moment."""
    data = kept.home / f"at-{moment:%H%M%S%f}"
    names = kept.log.after(kept.manifest)
    kept.log.verify(names, kept.identities)
    unpack_server(kept.manifest, kept.folder.of(kept.manifest), kept.identities, data)
    kept.log.unpack(names, kept.identities, data / "pg_wal")
    (data / "recovery.signal").touch()
    server = PostgresServer(data, port=free_port(), durable=True)
    if server.user is not None:
        for path in (data, *data.rglob("*")):
            shutil.chown(path, server.user)
    server.settings |= {
        "recovery_target_time": moment.isoformat(),
        "recovery_target_action": "promote",
        "restore_command": "false",
        "hot_standby": "off",
    }
    child = ChildProcess(server.command, log=kept.home / "recovery.log", user=server.user, stop_signal=signal.SIGINT)
    try:
        child.wait_until(lambda: server.ready(child.pid), timeout=60)
        return asyncio.run(_rows(server.url))
    finally:
        child.stop(grace=30)


async def _rows(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [row["number"] for row in await connection.fetch("SELECT number FROM note ORDER BY number")]
    finally:
        await connection.close()


def test_what_was_written_up_to_the_moment_is_there_and_nothing_after_it(kept: Kept) -> None:
    assert brought_back(kept, kept.moment) == [0, 1, 2]


def test_the_newest_moment_that_can_be_had_is_known_and_can_be_had(kept: Kept) -> None:
    newest = kept.log.reaches
    assert newest is not None
    assert newest > kept.moment
    assert brought_back(kept, newest) == [0, 1, 2, 3]


def test_no_segment_is_kept_in_plain(kept: Kept) -> None:
    files = list(kept.log.path.glob("*.gz.age"))
    assert files
    assert all(file.read_bytes().startswith(b"age-encryption.org/") for file in files)


def test_a_gap_in_the_log_is_refused_by_the_names_around_it(kept: Kept, tmp_path: Path) -> None:
    copy = BackupFolder(tmp_path)
    shutil.copytree(kept.log.path, tmp_path / "log")
    first = kept.log.after(kept.manifest)[0]
    (tmp_path / "log" / f"{first}.gz.age").unlink()
    assert LogArchive(BackupFolder(tmp_path / "empty")).after(kept.manifest) == []
    with pytest.raises(BackupUnreadable, match="is missing"):
        LogArchive(copy).after(kept.manifest)


def test_what_is_older_than_the_oldest_backup_goes(kept: Kept, tmp_path: Path) -> None:
    copy = LogArchive(BackupFolder(tmp_path))
    shutil.copytree(kept.log.path, copy.path)
    (copy.path / "000000010000000000000000.gz.age").touch()
    assert copy.thin_out(kept.manifest) == 1
    assert copy.after(kept.manifest) == kept.log.after(kept.manifest)
    assert copy.reaches == kept.log.reaches
    assert LogArchive(BackupFolder(tmp_path / "none")).reaches is None

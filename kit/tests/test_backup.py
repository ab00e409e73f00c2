"""Backups of a real server: whole or not there, opened by their identity only, and nothing altered passes."""

import asyncio
import io
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from prometheus_client import generate_latest

from crm_kit import telemetry
from crm_kit.backup.cluster import BackupFailed, segments
from crm_kit.backup.copying import Source, back_up
from crm_kit.backup.folder import BackupFolder, BackupUnderWay
from crm_kit.backup.manifest import BASE, FILE, SECRETS, Manifest
from crm_kit.backup.sealed_files import BackupUnreadable, make_identity, opened, read_identities, seal
from crm_kit.backup.unpacking import unpack_secrets, unpack_server, verify
from crm_kit.backup.watching import watch
from crm_kit.testing.processes import free_port, unprivileged_user
from crm_kit.testing.servers import PostgresServer, open_folders


@dataclass
class Telling:
    """Settings of a process that tells nobody of its traces."""

    otlp_endpoint: str = ""
    trace_sample: float = 1.0
    trace_file: str = ""


MARK = b"the password of nobody in particular"


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    """A server with one database of ours, and a key beside it."""
    home = Path(tempfile.mkdtemp(prefix="crm-test-backup-", dir=open_folders(unprivileged_user())[0]))
    home.chmod(0o711)
    server = PostgresServer(home / "data", port=free_port(), durable=True, password="not-a-secret")
    (home / "keys").mkdir()
    (home / "keys" / "leads.secret").write_bytes(MARK)
    server.start(home / "log")
    try:
        asyncio.run(_fill(server.url))
        yield Source(server.url, server.bin, {"keys": home / "keys"})
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE DATABASE leads")
    await connection.close()
    inside = await asyncpg.connect(url.removesuffix("postgres") + "leads")
    await inside.execute("CREATE TABLE outbox (stream_seq bigint); INSERT INTO outbox VALUES (41), (42)")
    await inside.execute("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('0007')")
    await inside.close()


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("identity") / "identity.txt"
    make_identity(file)
    return file


@pytest.fixture(scope="module")
def recipients(identity: Path) -> list[str]:
    return [str(one.to_public()) for one in read_identities(identity)]


@pytest.fixture(scope="module")
def made(
    source: Source, recipients: list[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[BackupFolder, Manifest]:
    folder = BackupFolder(tmp_path_factory.mktemp("backups"))
    return folder, asyncio.run(back_up(source, folder, recipients, lambda _: None))


def test_a_backup_says_what_it_holds_and_all_of_it_can_be_read_back(
    made: tuple[BackupFolder, Manifest], identity: Path
) -> None:
    folder, manifest = made
    assert folder.all() == [manifest] == [folder.get("latest")]
    state = manifest.databases["leads"]
    assert (state.revisions, state.stream_seq) == (["0007"], 42)
    assert manifest.cut == f"cut-{manifest.name}"
    assert verify(manifest, folder.of(manifest), read_identities(identity)) > 500


def test_no_file_of_a_backup_shows_a_secret(made: tuple[BackupFolder, Manifest]) -> None:
    folder, manifest = made
    files = list(folder.of(manifest).iterdir())
    assert {FILE, BASE, SECRETS} < {file.name for file in files}
    assert not [file.name for file in files if MARK in file.read_bytes()]


def test_what_was_unpacked_is_what_the_server_had(
    made: tuple[BackupFolder, Manifest], identity: Path, tmp_path: Path
) -> None:
    folder, manifest = made
    identities = read_identities(identity)
    unpack_secrets(folder.of(manifest), identities, tmp_path / "run")
    assert (tmp_path / "run" / "keys" / "leads.secret").read_bytes() == MARK
    assert (tmp_path / "run" / "keys" / "leads.secret").stat().st_mode & 0o777 == 0o600
    unpack_server(manifest, folder.of(manifest), identities, tmp_path / "data")
    assert (tmp_path / "data" / "PG_VERSION").read_text().strip() == "18"
    log = {file.name for file in (tmp_path / "data" / "pg_wal").iterdir()}
    assert {part.file.partition(".")[0] for part in manifest.segments} <= log


def copied(made: tuple[BackupFolder, Manifest], target: Path) -> tuple[BackupFolder, Manifest]:
    folder, manifest = made
    copy = BackupFolder(target)
    copy.prepare()
    copy.of(manifest).mkdir()
    for file in folder.of(manifest).iterdir():
        (copy.of(manifest) / file.name).write_bytes(file.read_bytes())
    return copy, manifest


@pytest.mark.parametrize("part", [BASE, SECRETS, "segment"])
def test_one_altered_byte_is_refused_with_the_name_of_its_file(
    made: tuple[BackupFolder, Manifest], identity: Path, tmp_path: Path, part: str
) -> None:
    folder, manifest = copied(made, tmp_path / "copy")
    file = folder.of(manifest) / (manifest.segments[0].file if part == "segment" else part)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupUnreadable, match=file.name):
        verify(manifest, folder.of(manifest), read_identities(identity))


def test_an_alteration_is_also_refused_where_somebody_made_the_digest_fit(
    made: tuple[BackupFolder, Manifest], identity: Path, tmp_path: Path
) -> None:
    """Whoever may write the folder may write its manifest, too; the encryption still tells."""
    folder, manifest = copied(made, tmp_path / "copy")
    file = folder.of(manifest) / BASE
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupUnreadable):
        unpack_server(manifest, folder.of(manifest), read_identities(identity), tmp_path / "data")


@pytest.mark.parametrize("lost", [1, 70_000])
def test_a_file_that_was_cut_short_is_refused(
    made: tuple[BackupFolder, Manifest], identity: Path, tmp_path: Path, lost: int
) -> None:
    folder, manifest = copied(made, tmp_path / "copy")
    file = folder.of(manifest) / BASE
    file.write_bytes(file.read_bytes()[:-lost])
    with pytest.raises(BackupUnreadable):
        unpack_server(manifest, folder.of(manifest), read_identities(identity), tmp_path / "data")


def test_another_identity_opens_nothing(made: tuple[BackupFolder, Manifest], tmp_path: Path) -> None:
    folder, manifest = made
    make_identity(tmp_path / "other")
    with pytest.raises(BackupUnreadable, match="No matching keys found"):
        verify(manifest, folder.of(manifest), read_identities(tmp_path / "other"))


def test_a_file_without_an_identity_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("# nothing\n")
    for name in ("empty", "absent"):
        with pytest.raises(BackupUnreadable, match=f"{name} holds no identity"):
            read_identities(tmp_path / name)


@pytest.mark.parametrize(
    "broken",
    [
        lambda source: replace(source, url=source.url.replace("not-a-secret", "wrong")),
        lambda source: replace(source, programs=Path("/nowhere")),
    ],
)
async def test_an_interrupted_backup_is_none_and_leaves_nothing(
    source: Source, recipients: list[str], tmp_path: Path, broken: Callable[[Source], Source]
) -> None:
    folder = BackupFolder(tmp_path / "backups")
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await back_up(broken(source), folder, recipients, lambda _: None)
    assert folder.all() == []
    assert list(folder.path.glob(".*.partial")) == []


async def test_what_a_killed_run_left_is_not_listed_and_goes_with_the_next(
    source: Source, recipients: list[str], made: tuple[BackupFolder, Manifest], tmp_path: Path
) -> None:
    folder, manifest = copied(made, tmp_path / "backups")
    left = folder.of(manifest).rename(folder.path / f".{manifest.name}.partial")
    assert folder.all() == []
    again = await back_up(source, folder, recipients, lambda _: None)
    assert folder.all() == [again]
    assert not left.exists()


async def test_two_backups_into_one_folder_at_once_are_refused(
    source: Source, recipients: list[str], tmp_path: Path
) -> None:
    folder = BackupFolder(tmp_path / "backups")
    with folder.new("first"), pytest.raises(BackupUnderWay):
        await back_up(source, folder, recipients, lambda _: None)


def test_only_the_newest_are_kept(made: tuple[BackupFolder, Manifest], tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path / "backups")
    for day in (1, 2, 3):
        with folder.new(f"day-{day}") as draft:
            kept = replace(made[1], name=f"day-{day}", cut_time=made[1].cut_time.replace(year=2020 + day))
            (draft / FILE).write_bytes(kept.written())
    assert folder.thin_out(2) == ["day-1"]
    assert [one.name for one in folder.all()] == ["day-3", "day-2"]
    assert folder.thin_out(0) == ["day-2"]


@pytest.mark.parametrize("name", ["nothing", "../backups", "", "latest"])
def test_a_name_of_no_backup_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BackupUnreadable, match="there is no backup"):
        BackupFolder(tmp_path).get(name)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside"])
def test_an_archive_that_would_leave_its_place_is_refused(
    recipients: list[str], identity: Path, tmp_path: Path, name: str
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    packed.seek(0)
    seal(packed, tmp_path / SECRETS, recipients)
    with pytest.raises(BackupUnreadable, match="no plain file"):
        unpack_secrets(tmp_path, read_identities(identity), tmp_path / "run")


async def test_a_log_with_a_gap_makes_no_backup(source: Source) -> None:
    connection = await asyncpg.connect(source.url)
    try:
        last = await connection.fetchval("SELECT max(name) FROM pg_ls_waldir() WHERE length(name) = 24")
        beyond = f"{last[:16]}{int(last[16:], 16) + 3:08X}"
        with pytest.raises(BackupFailed, match="segments"):
            await segments(connection, last, beyond)
    finally:
        await connection.close()


def test_a_sealed_file_is_gzip_inside_age_so_that_common_tools_open_it(
    recipients: list[str], identity: Path, tmp_path: Path
) -> None:
    said = seal(io.BytesIO(MARK * 1000), tmp_path / "x.gz.age", recipients)
    assert (tmp_path / "x.gz.age").read_bytes().startswith(b"age-encryption.org/v1\n")
    assert (said.plain_size, said.size) == (len(MARK) * 1000, (tmp_path / "x.gz.age").stat().st_size)
    with opened(tmp_path / "x.gz.age", read_identities(identity)) as content:
        assert content.read() == MARK * 1000


def test_a_file_that_is_not_there_is_unreadable_at_once(identity: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(BackupUnreadable, match="absent"),
        opened(tmp_path / "absent", read_identities(identity)) as content,
    ):
        content.read()


async def test_the_moment_of_the_newest_backup_is_measured(made: tuple[BackupFolder, Manifest]) -> None:
    process, stop = telemetry.setup("leads", Telling()), asyncio.Event()
    watching = asyncio.create_task(watch(made[0], stop))

    def told() -> list[float]:
        lines = generate_latest(process.registry).decode().splitlines()
        return [
            float(line.split()[1]) for line in lines if line.startswith("crm_backup_last_success_timestamp_seconds")
        ]

    try:
        async with asyncio.timeout(10):
            while told() != [made[1].cut_time.timestamp()]:
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await watching
        process.shutdown()

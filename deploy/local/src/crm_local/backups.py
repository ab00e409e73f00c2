"""``crm-local backup`` and ``crm-local backups``: making one of the running platform, and looking at those there are."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg

from crm_kit.backup.cluster import BackupFailed
from crm_kit.backup.copying import Source, back_up
from crm_kit.backup.folder import BackupFolder, BackupUnderWay
from crm_kit.backup.log_archive import LogArchive
from crm_kit.backup.manifest import Manifest
from crm_kit.backup.sealed_files import BackupUnreadable, make_identity, public_keys, read_identities
from crm_kit.backup.unpacking import verify
from crm_kit.testing.servers import PostgresServer
from crm_local.console import Console
from crm_local.credentials import Secrets
from crm_local.lock import RunLock
from crm_local.settings import Ports, Settings
from crm_local.status import STOPPED
from crm_local.storage import Storage

FAILURES = (BackupFailed, BackupUnderWay, BackupUnreadable, asyncpg.PostgresError, OSError)
FAILED = 1


async def backup(settings: Settings, folder: BackupFolder, console: Console) -> int:
    """Make one, read it back, thin out the old ones; 0 when it is whole, 1 when it failed, 3 when nothing runs."""
    source = server_of(settings)
    if source is None:
        console.failed(f"Tributary does not run in {settings.run_dir}, and a backup is made of what runs: make run")
        return STOPPED
    try:
        # What ends from now on is noted by the running services as soon as this folder is there, wherever backups go.
        BackupFolder(settings.backup_dir).prepare()
        recipients, identities = backup_keys(settings, console)
        log = LogArchive(folder)
        if keeps_log(settings, folder):
            await _hold_log(log, source.url)
        made = await back_up(source, folder, recipients, console.note)
        if identities:
            with console.step("read back and compared"):
                await asyncio.to_thread(verify, made, folder.of(made), identities)
            folder.note_verified(made)
        for gone in folder.thin_out(settings.backup_keep):
            console.note(f"deleted {gone}: {settings.backup_keep} newer ones are kept")
        log.thin_out(folder.all()[-1])
    except FAILURES as failure:
        console.failed(f"no backup: {failure}")
        return FAILED
    console.done(f"{made.name}, {made.size:,} bytes in {folder.path}", made.seconds)
    return 0


def backups(folder: BackupFolder) -> int:
    """One line per backup, newest first; 1 when there is none or one cannot be read."""
    console = Console()
    try:
        found = folder.all()
    except BackupUnreadable as failure:
        console.failed(str(failure))
        return FAILED
    if not found:
        console.line(f"no backup in {folder.path}; make one: crm-local backup")
        return FAILED
    now = datetime.now(UTC)
    reaches = LogArchive(folder).reaches
    if reaches is not None:
        console.line(f"the log reaches {reaches.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC: crm-local restore --at MOMENT")
    for one in found:
        console.line(f"{one.name}  {_age(one.age(now)):>9} old  {one.size / 1e6:8.1f} MB  {_state(folder, one)}")
    return 0


async def keep_log(settings: Settings, folder: BackupFolder, console: Console) -> None:
    """Keep what the running server has logged since the last time, where there is a backup it follows."""
    source = server_of(settings)
    if source is None or not keeps_log(settings, folder) or not folder.all():
        return
    try:
        connection = await asyncpg.connect(source.url)
        try:
            await LogArchive(folder).take(connection, backup_keys(settings, console)[0])
        finally:
            await connection.close()
    except FAILURES as failure:
        console.failed(f"the log since the newest backup is not kept: {failure}")


def keeps_log(settings: Settings, folder: BackupFolder) -> bool:
    """Whether the log is kept in this folder: of our own server, beside its usual backups."""
    return bool(settings.backup_log_seconds) and not settings.pg_url and folder.path == settings.backup_dir


async def _hold_log(log: LogArchive, url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await log.hold(connection)
    finally:
        await connection.close()


def _state(folder: BackupFolder, manifest: Manifest) -> str:
    verified = folder.verified(manifest)
    return f"cut {manifest.cut_time:%Y-%m-%d %H:%M:%S} UTC  {f'verified {verified}' if verified else 'not verified'}"


def _age(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"


def server_of(settings: Settings) -> Source | None:
    """The server that runs, ours or the one that was named; None when ours does not."""
    storage = Storage(settings.run_dir)
    holder = RunLock(settings.run_dir).holder()
    if holder is None and not settings.pg_url:
        return None
    port = (settings.ports if holder is None else Ports(holder.port_base)).postgres
    password = "" if settings.pg_url else Secrets(storage.passwords).password("database postgres")
    server = PostgresServer(storage.folder / "postgres", port=port, durable=True, password=password)
    return Source(settings.pg_url or server.url, server.bin, storage.secrets)


def backup_keys(settings: Settings, console: Console) -> tuple[list[str], list[Any]]:
    """Whom it is encrypted for, and what opens it, if that is here; the first backup makes an identity."""
    if settings.backup_recipients:
        return list(settings.backup_recipients), []
    if not settings.backup_identity.exists():
        make_identity(settings.backup_identity)
        console.note(
            f"made the identity that opens backups: {settings.backup_identity}\n"
            "    Keep a copy of it somewhere else, apart from the backups: without it they are nothing."
        )
    identities = read_identities(settings.backup_identity)
    return public_keys(identities), identities

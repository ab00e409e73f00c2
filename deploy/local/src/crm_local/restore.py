"""``crm-local restore`` and ``crm-local open``: a platform from a backup, in quarantine until somebody has looked at it.

Nothing in the target is touched before every file of the backup was opened and compared.
"""

import asyncio
import json
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.log_archive import LogArchive
from crm_kit.backup.manifest import Manifest
from crm_kit.backup.sealed_files import BackupUnreadable, read_identities
from crm_kit.backup.unpacking import unpack_secrets, unpack_server, verify
from crm_kit.testing.processes import ChildProcess, ServerStartError, free_port
from crm_kit.testing.servers import PostgresServer
from crm_local.console import Console
from crm_local.credentials import Secrets
from crm_local.lock import RunLock
from crm_local.orphans import orphans
from crm_local.programs import script
from crm_local.settings import SERVICES, Settings
from crm_local.stack import Stack
from crm_local.storage import RestoreRefused, Storage
from crm_local.supervisor import StartError

FAILED = 1
RECOVERY_SECONDS = 6 * 3600.0


@dataclass(frozen=True)
class Target:
    """What a restore brings back: a backup at its cut, or at a moment since, with the log that followed it."""

    manifest: Manifest
    moment: datetime | None = None
    log: Sequence[str] = ()

    @property
    def time(self) -> datetime:
        return self.moment or self.manifest.cut_time

    @property
    def settings(self) -> dict[str, str]:
        """Where the server stops reading its log."""
        if self.moment is None:
            return {"recovery_target_name": self.manifest.cut}
        return {"recovery_target_time": self.moment.isoformat()}

    def __str__(self) -> str:
        return self.manifest.cut if self.moment is None else f"{self.moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def target_of(folder: BackupFolder, name: str, moment: datetime | None) -> Target:
    """The backup of this name, or for a moment the newest before it; BackupUnreadable when it does not reach there."""
    if moment is None:
        return Target(folder.get(name or "latest"))
    earlier = [one for one in folder.all() if one.cut_time <= moment and name in {"", "latest", one.name}]
    if not earlier:
        raise BackupUnreadable(f"no backup in {folder.path} is as old as {moment.isoformat()}; `backups` lists them")
    log = LogArchive(folder)
    if log.reaches is None or moment > log.reaches:
        raise BackupUnreadable(
            f"the log reaches {log.reaches.isoformat() if log.reaches else 'nowhere'}, not {moment.isoformat()}"
        )
    return Target(earlier[0], moment, log.after(earlier[0]))


async def restore(
    settings: Settings, folder: BackupFolder, name: str, *, replace: bool, moment: datetime | None = None
) -> int:
    """Bring the data folder to the backup's cut, or to a moment since, and end again what the ledger says; 0 when the
    report is clean.

    RestoreRefused, BackupUnreadable and AlreadyRunningError leave everything as it was.
    """
    storage, console = Storage(settings.run_dir), Console()
    if settings.pg_url:
        raise RestoreRefused("CRM_PG_URL names a server of yours: restore its files with your means, or unset it")
    if settings.nats_url:
        raise RestoreRefused("CRM_NATS_URL names a broker of yours, whose streams know what is lost now: unset it")
    target = target_of(folder, name, moment)
    manifest = target.manifest
    lock = RunLock(settings.run_dir)
    lock.take()
    if storage.used and not replace:
        raise RestoreRefused(f"{settings.run_dir} holds a platform; move it away, or say --replace to delete it")
    identities = read_identities(settings.backup_identity)
    with console.step(f"{manifest.name} opened and compared"):
        await asyncio.to_thread(verify, manifest, folder.of(manifest), identities)
        await asyncio.to_thread(LogArchive(folder).verify, target.log, identities)
    storage.clear()
    storage.prepare()
    storage.restoring.write_text(manifest.name)
    with console.step("unpacked"):
        await asyncio.to_thread(unpack_secrets, folder.of(manifest), identities, settings.run_dir)
        await asyncio.to_thread(unpack_server, manifest, folder.of(manifest), identities, storage.postgres())
        await asyncio.to_thread(LogArchive(folder).unpack, target.log, identities, storage.postgres() / "pg_wal")
    with console.step(f"all databases are at {target}"):
        await asyncio.to_thread(_recover, storage, target)
    storage.quarantine.write_text(manifest.name)
    return await _agree(settings, target, console)


def open_up(settings: Settings) -> int:
    """End the quarantine; 1 when there was none."""
    storage, console = Storage(settings.run_dir), Console()
    if not storage.quarantine.exists():
        console.line(f"{settings.run_dir} is not in quarantine")
        return FAILED
    storage.quarantine.unlink()
    running = RunLock(settings.run_dir).holder() is not None
    console.line("the quarantine is over" + ("; the services start anew, which takes some seconds" * running))
    return 0


def _recover(storage: Storage, target: Target) -> None:
    """Let the server read its log up to the target, and no further; BackupUnreadable when it cannot."""
    data, manifest = storage.postgres(), target.manifest
    secret = Secrets(storage.passwords).password("database postgres")
    server = PostgresServer(data, port=free_port(), durable=True, password=secret)
    compared = subprocess.run(  # noqa: S603 - the command is ours
        [server.bin / "pg_verifybackup", "--no-parse-wal", "--quiet", data], capture_output=True, text=True, check=False
    )
    if compared.returncode:
        raise BackupUnreadable(f"{manifest.name}: pg_verifybackup says: {compared.stderr.strip()}")
    (data / "recovery.signal").touch()
    if server.user is not None:
        for path in (data, *data.rglob("*")):
            shutil.chown(path, server.user)
    server.settings |= {
        **target.settings,
        "recovery_target_action": "promote",
        # All of the log that is needed lies in pg_wal already, so there is nothing to fetch.
        "restore_command": "false",
        # Else it would be ready for readers before it is there.
        "hot_standby": "off",
    }
    child = ChildProcess(server.command, log=storage.logs / "recovery.log", user=server.user, stop_signal=signal.SIGINT)
    try:
        child.wait_until(lambda: server.ready(child.pid), timeout=RECOVERY_SECONDS)
    except ServerStartError as failure:
        raise BackupUnreadable(f"{manifest.name} cannot be brought to {target}: {failure}") from failure
    finally:
        child.stop(grace=60)


async def _agree(settings: Settings, target: Target, console: Console) -> int:
    """End again what had ended, say what the services do not agree on, and stop; the next start is in quarantine."""
    stack = Stack(settings)
    ledger = BackupFolder(settings.backup_dir).ledger
    try:
        environments = await stack.found()
        clean = all(
            await asyncio.gather(
                *(_replay(stack, name, environments[name], ledger / f"{name}.jsonl") for name in SERVICES)
            )
        )
        ahead = await orphans({name: one["CRM_DATABASE_URL"] for name, one in environments.items() if name in SERVICES})
    except (StartError, ServerStartError, asyncpg.PostgresError, OSError) as failure:
        console.failed(f"not restored to its end, and not to be started: {failure}\n    try again with --replace")
        return FAILED
    finally:
        await stack.stop()
    # From here on it may be started; before, somebody could open it to those who had left.
    stack.storage.restoring.unlink()
    for line in ahead:
        console.failed(f"ahead of its producer: {line}")
    console.line()
    lost = datetime.now(UTC) - target.time
    console.line(f"  restored    {target.manifest.name}, as of {target.time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    console.line(
        f"  lost        what was written since, {lost.total_seconds() / 3600:.1f} h; ask who entered something"
    )
    console.line("  events      streams are empty; services fill them from their outboxes at the next start")
    console.line("  quarantine  `crm-local up` shows it to people, read-only; `crm-local open` lets them work")
    return 0 if clean and not ahead else FAILED


async def _replay(stack: Stack, service: str, environment: Mapping[str, str], file: Path) -> bool:
    """One line of what ended again; whether all of it did."""
    lines = await stack.run_once(
        f"replaying the ledger of {service}", [script(service), "replay", str(file)], environment
    )
    said = json.loads(lines[-1])
    counts = ", ".join(f"{count} {kind}" for kind, count in said["ended_again"].items() if count)
    stack.console.note(f"{service}: ended again: {counts or 'nothing'}")
    for refusal in said["refused"]:
        stack.console.failed(f"{service}: {refusal}")
    return not said["refused"]

"""``crm-local up | status | reset | demo | backup | backups | restore | open``."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.sealed_files import BackupUnreadable
from crm_kit.testing.processes import ServerStartError
from crm_local.console import Console
from crm_local.demo_run import load_demo
from crm_local.lock import AlreadyRunningError
from crm_local.ports import PortTakenError
from crm_local.settings import SettingError, Settings, read_settings
from crm_local.status import reset, status
from crm_local.storage import RestoreRefused

USAGE_ERROR = 2
REFUSALS = (SettingError, PortTakenError, AlreadyRunningError, ServerStartError, BackupUnreadable, RestoreRefused)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="crm-local", description="The whole platform on this machine.")
    parser.add_argument("--version", action="version", version=f"Tributary {metadata.version('crm-local')}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start everything; Ctrl-C stops it, the data stays")
    commands.add_parser("status", help="what runs, where, and whether it is ready")
    commands.add_parser("demo", help="load the demo data into the running platform")
    delete = commands.add_parser("reset", help="delete the data folder")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    backup = commands.add_parser("backup", help="make an encrypted backup of the running platform")
    listing = commands.add_parser("backups", help="list backups: age, size, cut, whether they were read back")
    restore = commands.add_parser("restore", help="bring an empty data folder to a backup's cut, in quarantine")
    restore.add_argument("name", metavar="NAME", nargs="?", default="", help="as `backups` lists it, or latest")
    restore.add_argument(
        "--at", type=_moment, metavar="MOMENT", help="bring back this moment, 2026-11-23T14:05:00 (UTC unless it says)"
    )
    restore.add_argument("--replace", action="store_true", help="delete the platform that is in the data folder")
    for command in (backup, listing):
        command.add_argument("folder", nargs="?", type=Path, help="in place of CRM_BACKUP_DIR")
    restore.add_argument("--from", dest="folder", metavar="FOLDER", type=Path, help="in place of CRM_BACKUP_DIR")
    commands.add_parser("open", help="end the quarantine after a restore")
    chosen = parser.parse_args(arguments)
    if chosen.command == "restore" and not (chosen.name or chosen.at):
        restore.error("say which backup, or --at which moment")
    try:
        return _run(chosen)
    except REFUSALS as refusal:
        print(refusal, file=sys.stderr)
        return USAGE_ERROR


def _run(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    if chosen.command == "up":
        from crm_local.up import up  # noqa: PLC0415 — heavy, and `status` should answer at once

        return asyncio.run(up(settings))
    if chosen.command == "status":
        return asyncio.run(status(settings))
    if chosen.command in {"backup", "backups", "restore", "open"}:
        return _keep(chosen, settings)
    if chosen.command == "reset":
        return reset(settings, sure=chosen.yes)
    return load_demo(settings)


def _keep(chosen: argparse.Namespace, settings: Settings) -> int:
    from crm_local.backups import backup, backups  # noqa: PLC0415 — as above
    from crm_local.restore import open_up, restore  # noqa: PLC0415

    if chosen.command == "open":
        return open_up(settings)
    folder = BackupFolder((chosen.folder or settings.backup_dir).expanduser().resolve())
    if chosen.command == "backup":
        return asyncio.run(backup(settings, folder, Console()))
    if chosen.command == "backups":
        return backups(folder)
    return asyncio.run(restore(settings, folder, chosen.name, replace=chosen.replace, moment=chosen.at))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())

"""A backup a day while the platform runs, and the log of its server each minute."""

import asyncio
from datetime import UTC, datetime

from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.sealed_files import BackupUnreadable
from crm_local.backups import backup, keep_log
from crm_local.console import Console
from crm_local.settings import Settings

FIRST_AFTER_SECONDS = 3600.0
"""Whoever tries the platform for less than an hour finds nothing beside its folder afterwards."""
LOOK_SECONDS = 300.0


async def keep_backing_up(settings: Settings, console: Console) -> None:
    """Make one whenever the newest is as old as ``CRM_BACKUP_HOURS``; a failure is told, and tried again an hour later."""
    if not settings.backup_hours or settings.pg_url:
        await asyncio.Event().wait()
    await asyncio.sleep(FIRST_AFTER_SECONDS)
    while True:
        pause = LOOK_SECONDS
        if due(settings, datetime.now(UTC)) and await backup(settings, BackupFolder(settings.backup_dir), console):
            pause = FIRST_AFTER_SECONDS
        await asyncio.sleep(pause)


async def keep_logging(settings: Settings, console: Console) -> None:
    """Keep the log every ``CRM_BACKUP_LOG_SECONDS``: so much is lost at most with the disk of the server."""
    if not settings.backup_log_seconds or settings.pg_url:
        await asyncio.Event().wait()
    while True:
        await asyncio.sleep(settings.backup_log_seconds)
        await keep_log(settings, BackupFolder(settings.backup_dir), console)


def due(settings: Settings, now: datetime) -> bool:
    """Whether the newest backup is too old, or there is none that can be read."""
    try:
        newest = next(iter(BackupFolder(settings.backup_dir).all()), None)
    except BackupUnreadable:
        return True
    return newest is None or newest.age(now) >= settings.backup_hours * 3600

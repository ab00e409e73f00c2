"""How old the newest backup is, told by whoever works beside the folder."""

import asyncio

from crm_kit.backup.folder import BackupFolder
from crm_kit.loops import repeat
from crm_kit.telemetry import backup_last_success

LOOK_SECONDS = 60.0


async def watch(folder: BackupFolder, stop: asyncio.Event) -> None:
    """Keep the metric of the newest backup current until told to stop; where there is none there is no metric."""

    async def work() -> float:
        newest = next(iter(await asyncio.to_thread(folder.all)), None)
        if newest is not None:
            backup_last_success.set(newest.cut_time.timestamp())
        return LOOK_SECONDS

    await repeat(work, stop, name="age of the newest backup")

"""``crm-<service> replay FILE``: after a restore, what ended since the backup ends again, before anybody is served."""

import argparse
import asyncio
import json
from pathlib import Path

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.endings import LedgerBroken, Replayed, replay
from crm_kit.keys import Keys
from crm_kit.parts import Runtime, Service
from crm_kit.rpc.channels import Channels
from crm_kit.saga import Sagas
from crm_kit.settings import ProcessSettings, read
from crm_kit.subject_keys import SubjectKeys


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its options."""
    replaying = commands.add_parser("replay", help="after a restore: end again what ended since the backup")
    replaying.add_argument("file", type=Path, help="the service's file of CRM_LEDGER_DIR; none yet is no fault")


def run(service: Service, file: Path) -> tuple[bool, str]:
    """Whether the ledger could be read, and as JSON what ended again and what could not. Raises SettingsError."""
    settings = read(ProcessSettings)
    try:
        done = asyncio.run(_replay(service, settings, file))
    except LedgerBroken as broken:
        return False, str(broken)
    return True, json.dumps({"service": service.name, "ended_again": done.counts, "refused": done.refused})


async def _replay(service: Service, settings: ProcessSettings, file: Path) -> Replayed:
    db = Database(settings.database_url, pool_size=2)
    channels = Channels(settings.peers, Keys.load(settings.keys_dir, service.name))
    sagas = Sagas(db)
    try:
        await db.open_subjects(SubjectKeys.load(settings.keys_dir, service.name))
        parts = service.compose(Runtime(settings, db, channels, sagas))
        sagas.register(parts.plans)
        if parts.restored is not None:
            await parts.restored(Call.for_work(db, kind="service", name="ledger"))
        return await replay(db, parts.endings, file)
    finally:
        await channels.close()
        await db.dispose()

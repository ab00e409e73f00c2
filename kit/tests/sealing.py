"""A process that seals a trail as fast as it can, until it is killed."""

import asyncio
import sys
from pathlib import Path

from crm.ops.v1.audit_service_pb2 import AuditHead

from crm_kit.audit_sealer import Sealer
from crm_kit.database import Database
from crm_kit.keys import Keys


async def keep(_: AuditHead) -> None:
    """Nobody keeps copies here."""


async def main(url: str, keys_dir: str) -> None:
    sealer = Sealer(Database(url, pool_size=2), "shelf", Keys.load(Path(keys_dir), "shelf"), keep)
    while True:
        if await sealer.seal_some():
            await sealer.sign()
        await asyncio.sleep(0.01)


asyncio.run(main(sys.argv[1], sys.argv[2]))

"""Jobs of the reporting service: the rebuild."""

from uuid import UUID

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.jobs import Jobs
from crm_kit.tx import Tx
from crm_reporting.usecases.ask_rebuild import KIND
from crm_reporting.usecases.rebuild_facts import RebuildFacts, refuse_rebuild


def jobs(db: Database, rebuild: RebuildFacts) -> Jobs:
    made = Jobs(db)

    @made.on(KIND)
    async def on_rebuild(call: Call, rebuild_id: UUID) -> None:
        await rebuild(call, rebuild_id)

    @made.on_failed(KIND)
    async def on_failed(tx: Tx, rebuild_id: UUID, error: str) -> None:
        await refuse_rebuild(tx, rebuild_id, error)

    return made

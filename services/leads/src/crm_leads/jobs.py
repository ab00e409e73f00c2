"""Timers and jobs of the leads service, each a call of a use case."""

from uuid import UUID

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.jobs import Jobs
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx
from crm_leads.usecases.hand_over import RECYCLE
from crm_leads.usecases.import_leads import import_leads
from crm_leads.usecases.release_lead import recycle_lead
from crm_leads.usecases.start_lead_import import JOB, fail_lead_import


def timers(db: Database) -> Timers:
    """Recycling: a lead nobody follows up returns to its pool."""
    made = Timers(db)

    @made.on(RECYCLE)
    async def on_recycle(tx: Tx, timer: Timer) -> None:
        await recycle_lead(tx, timer.subject_id)

    return made


def jobs(db: Database) -> Jobs:
    """Imports of files."""
    made = Jobs(db)

    @made.on(JOB, permission="leads.lead_import.create")
    async def on_lead_import(call: Call, subject_id: UUID) -> None:
        await import_leads(call, subject_id)

    @made.on_failed(JOB)
    async def on_failed(tx: Tx, subject_id: UUID, error: str) -> None:
        await fail_lead_import(tx, subject_id, error)

    return made

"""Timers and jobs of the leads service, each a call of a use case."""

from uuid import UUID

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.jobs import Jobs
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.usecases.arbitrate import ARBITRATION, close_conflict
from crm_leads.usecases.distribute_lead import let_offer_pass
from crm_leads.usecases.hand_over import OFFER, RECYCLE
from crm_leads.usecases.import_leads import import_leads
from crm_leads.usecases.merge_leads import EXPIRY
from crm_leads.usecases.release_lead import recycle_lead
from crm_leads.usecases.start_lead_import import JOB, fail_lead_import


def timers(db: Database) -> Timers:
    """A lead nobody follows up returns to its pool, an offer nobody answers goes on, a conflict nobody decides ends,
    a merge can be taken back no longer."""
    made = Timers(db)

    @made.on(OFFER)
    async def on_offer(tx: Tx, timer: Timer) -> None:
        await let_offer_pass(tx, timer.subject_id)

    @made.on(ARBITRATION)
    async def on_arbitration(tx: Tx, timer: Timer) -> None:
        await close_conflict(tx, timer.subject_id)

    @made.on(RECYCLE)
    async def on_recycle(tx: Tx, timer: Timer) -> None:
        await recycle_lead(tx, timer.subject_id)

    @made.on(EXPIRY)
    async def on_merge_expiry(tx: Tx, timer: Timer) -> None:
        await queries.forget_image(tx, timer.subject_id)

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

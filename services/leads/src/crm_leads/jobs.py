"""Timers and jobs of the leads service, each a call of a use case."""

from crm_kit.database import Database
from crm_kit.jobs import Jobs
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx

from crm_leads.usecases.hand_over import RECYCLE
from crm_leads.usecases.release_lead import recycle_lead


def timers(db: Database) -> Timers:
    """Recycling: a lead nobody follows up returns to its pool."""
    made = Timers(db)

    @made.on(RECYCLE)
    async def on_recycle(tx: Tx, timer: Timer) -> None:
        await recycle_lead(tx, timer.subject_id)

    return made


def jobs(db: Database) -> Jobs:
    """Imports."""
    return Jobs(db)

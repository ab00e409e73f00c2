"""Timers of the customers service, each a call of a use case."""

from crm_customers.usecases.settle_phases import PHASE_DUE, settle_phases
from crm_kit.database import Database
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx


def timers(db: Database) -> Timers:
    """The calendar: a customer whose last contract has ended is expired."""
    made = Timers(db)

    @made.on(PHASE_DUE)
    async def on_phase_due(tx: Tx, timer: Timer) -> None:
        await settle_phases(tx, [timer.subject_id], by_contract=False)

    return made

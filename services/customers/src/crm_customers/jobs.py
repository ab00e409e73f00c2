"""Timers and jobs of the customers service, each a call of a use case."""

from uuid import UUID

from crm_customers.usecases.erase_subject import SWEEP
from crm_customers.usecases.export_subject import EXPIRE, expire_export
from crm_customers.usecases.run_territory_alignment import JOB, fail_alignment, run_alignment
from crm_customers.usecases.settle_phases import PHASE_DUE, settle_phases
from crm_customers.usecases.start_request import sweep_again
from crm_customers.usecases.take_in_request import DUE, miss_request
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.jobs import Jobs
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx


def timers(db: Database) -> Timers:
    """The calendar: a customer whose last contract has ended is expired, requests of persons have their days."""
    made = Timers(db)

    @made.on(PHASE_DUE)
    async def on_phase_due(tx: Tx, timer: Timer) -> None:
        await settle_phases(tx, [timer.subject_id], by_contract=False)

    @made.on(DUE)
    async def on_request_due(tx: Tx, timer: Timer) -> None:
        await miss_request(tx, timer.subject_id)

    @made.on(EXPIRE)
    async def on_export_expired(tx: Tx, timer: Timer) -> None:
        await expire_export(tx, timer.subject_id)

    @made.on(SWEEP)
    async def on_streams_empty(tx: Tx, timer: Timer) -> None:
        await sweep_again(tx, timer.subject_id)

    return made


def jobs(db: Database) -> Jobs:
    """Alignments of all customers with territories."""
    made = Jobs(db)

    @made.on(JOB)
    async def on_alignment(call: Call, subject_id: UUID) -> None:
        await run_alignment(call, subject_id)

    @made.on_failed(JOB)
    async def on_failed(tx: Tx, subject_id: UUID, error: str) -> None:
        await fail_alignment(tx, subject_id, error)

    return made

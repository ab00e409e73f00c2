"""What happens by the clock: quotes and contracts expire, payments become overdue, people are reminded; and long work."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.jobs import Jobs
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx
from crm_sales.usecases.answer_quote import expire_quote
from crm_sales.usecases.carry_contract import END, expire_contract
from crm_sales.usecases.draft_quote import EXPIRY
from crm_sales.usecases.follow_plan import OVERDUE, due_day_over
from crm_sales.usecases.place_deals import JOB, place_all_deals
from crm_sales.usecases.plan_task import REMINDER, reminder_due


def timers(db: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Timers:
    """The timers of this service."""
    found = Timers(db, clock=clock)

    @found.on(EXPIRY)
    async def on_quote_expiry(tx: Tx, timer: Timer) -> None:
        await expire_quote(tx, timer.subject_id)

    @found.on(END)
    async def on_contract_end(tx: Tx, timer: Timer) -> None:
        await expire_contract(tx, timer.subject_id)

    @found.on(OVERDUE)
    async def on_due_day_over(tx: Tx, timer: Timer) -> None:
        await due_day_over(tx, timer.subject_id)

    @found.on(REMINDER)
    async def on_reminder(tx: Tx, timer: Timer) -> None:
        await reminder_due(tx, timer.subject_id)

    return found


def jobs(db: Database) -> Jobs:
    """Deals are looked at when other territories are in force."""
    found = Jobs(db)

    @found.on(JOB)
    async def on_territories(call: Call, _subject_id: UUID) -> None:
        await place_all_deals(call)

    return found

"""What happens by itself: promises fall due, tickets wake and close, changed promises reach open tickets, articles come
into force, grow stale and expire.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.telemetry import Counter
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx, begin
from crm_service_desk import queries
from crm_service_desk.domain.knowledge_article import KnowledgeArticle
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.keep_calendar import REPLAN_CALENDAR
from crm_service_desk.usecases.keep_knowledge import EXPIRE, PUBLISH, REVIEW, review_is_due
from crm_service_desk.usecases.keep_policy import REPLAN_POLICY
from crm_service_desk.usecases.publish_knowledge import archive_if_expired, publish_if_still_meant
from crm_service_desk.usecases.replan import counting_by, replan_tickets, under_policy
from crm_service_desk.usecases.run_clocks import SLA_DUE, tell_clocks
from crm_service_desk.usecases.solve import CLOSE, close_if_still_solved
from crm_service_desk.usecases.wait import WAKE, wake_ticket

log = logging.getLogger(__name__)

SWEEP = "sla.sweep"
THE_DESK = UUID(int=0)
SWEEP_EVERY = timedelta(minutes=5)
OVERLOOKED_AFTER = timedelta(minutes=1)
AT_ONCE = 100

overlooked = Counter("crm.tickets.due_overlooked", "{ticket}", "Due times found by the sweep because no timer fired.")


def timers(db: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Timers:
    """The timers of this service with their handlers."""
    made = Timers(db, clock=clock)
    made.on(SLA_DUE)(on_sla_due)
    made.on(WAKE)(on_wake)
    made.on(CLOSE)(on_close)
    made.on(REPLAN_POLICY)(on_policy_changed)
    made.on(REPLAN_CALENDAR)(on_calendar_changed)
    made.on(SWEEP)(on_sweep)
    made.on(PUBLISH)(on_publish)
    made.on(EXPIRE)(on_expire)
    made.on(REVIEW)(on_review)
    return made


async def start_sweeping(call: Call) -> None:
    """Look again soon after every start, and every five minutes from then on."""
    async with begin(call) as tx:
        await tx.schedule(SWEEP, THE_DESK, tx.now + OVERLOOKED_AFTER)


async def on_sla_due(tx: Tx, timer: Timer) -> None:
    await tell_clocks(tx, await tx.load(Ticket, timer.subject_id))


async def on_wake(tx: Tx, timer: Timer) -> None:
    await wake_ticket(tx, await tx.load(Ticket, timer.subject_id))


async def on_close(tx: Tx, timer: Timer) -> None:
    await close_if_still_solved(tx, await tx.load(Ticket, timer.subject_id))


async def on_policy_changed(tx: Tx, timer: Timer) -> None:
    await replan_tickets(tx, timer, under_policy(timer.subject_id))


async def on_calendar_changed(tx: Tx, timer: Timer) -> None:
    await replan_tickets(tx, timer, counting_by(timer.subject_id))


async def on_publish(tx: Tx, timer: Timer) -> None:
    await publish_if_still_meant(tx, await tx.load(KnowledgeArticle, timer.subject_id))


async def on_expire(tx: Tx, timer: Timer) -> None:
    await archive_if_expired(tx, await tx.load(KnowledgeArticle, timer.subject_id))


async def on_review(tx: Tx, timer: Timer) -> None:
    await review_is_due(tx, await tx.load(KnowledgeArticle, timer.subject_id))


async def on_sweep(tx: Tx, timer: Timer) -> None:
    """The safety net: due times that no timer recorded. It should find nothing; what it finds is a fault to look into."""
    found = await queries.overlooked_tickets(tx, tx.now - OVERLOOKED_AFTER, AT_ONCE)
    for ticket in found:
        await tell_clocks(tx, ticket)
    if found:
        overlooked.add(len(found))
        log.warning("the sweep found %d tickets whose due time no timer had recorded", len(found))
    await tx.schedule(SWEEP, timer.subject_id, tx.now if len(found) == AT_ONCE else tx.now + SWEEP_EVERY)

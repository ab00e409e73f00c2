"""Keep a ticket's SLA clocks: tell them what happened, announce what that settled, wake up when something falls due."""

from collections.abc import Sequence
from datetime import timedelta

from crm.service_desk.v1.service_desk_events_pb2 import SlaBreached, SlaMet
from sqlalchemy import insert

from crm_kit.telemetry import Counter
from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain import sla
from crm_service_desk.domain.cycle import CARRIED, KEPT, Clock, ClockState
from crm_service_desk.domain.history import Entered, Moment, Plan, Planned, Target
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.domain.ticket_history import in_order, ticket_moment, to_row
from crm_service_desk.mappings import clock as written
from crm_service_desk.mappings import clocks as all_written
from crm_service_desk.usecases.choose_plan import choose_plan

SLA_DUE = "ticket.sla_due"
INSTANT = timedelta(microseconds=1)
"""At the due instant itself an answer is in time; the clock is read one microsecond later."""

LATE = frozenset({ClockState.BREACHED_RUNNING, ClockState.BREACHED_PAUSED, ClockState.MET_LATE})

breached_clocks = Counter("crm.tickets.breached", "{clock}", "SLA clocks that passed their due time.", ("target",))


async def start_clocks(tx: Tx, ticket: Ticket) -> None:
    """Choose the promises of a new ticket, begin to count, and write the ticket."""
    news = in_order(None, [Planned(tx.now, await choose_plan(tx, ticket)), Entered(tx.now, ticket.state)])
    with tx.session.no_autoflush:
        await _settle(tx, ticket, news)
    await tx.session.flush()
    await _write(tx, ticket, 0, news)


async def tell_clocks(tx: Tx, ticket: Ticket, *news: Moment) -> None:
    """Add to the ticket's history and bring its clocks up to date; without news, up to now."""
    await _go_on(tx, ticket, await queries.read_history(tx, ticket.id), news)


async def replan_clocks(tx: Tx, ticket: Ticket, plan: Plan) -> None:
    """Give the ticket other promises; time counted is kept. Nothing happens when they are the same."""
    history = await queries.read_history(tx, ticket.id)
    present = next(moment.plan for moment in reversed(history) if isinstance(moment, Planned))
    if not present.promises_the_same(plan):
        await _go_on(tx, ticket, history, [Planned(tx.now, plan)])


async def _go_on(tx: Tx, ticket: Ticket, history: list[Moment], news: Sequence[Moment]) -> None:
    ordered = in_order(history[-1].time, news)
    # The ticket is written once, with everything the command changes in it.
    with tx.session.no_autoflush:
        await _settle(tx, ticket, [*history, *ordered])
        await _write(tx, ticket, len(history), ordered)


async def _write(tx: Tx, ticket: Ticket, position: int, moments: Sequence[Moment]) -> None:
    if moments:
        rows = [to_row(ticket.id, position + offset, moment) for offset, moment in enumerate(moments)]
        await tx.session.execute(insert(ticket_moment), rows)


async def _settle(tx: Tx, ticket: Ticket, history: Sequence[Moment]) -> None:
    """Set what follows from the history and announce what is new in it."""
    found = sla.clocks(history, max(tx.now, history[-1].time))
    _announce(tx, ticket, found)
    plan = next(moment.plan for moment in reversed(history) if isinstance(moment, Planned))
    ticket.sla_policy_id, ticket.calendar_id = plan.terms.policy_id, plan.terms.calendar_id
    ticket.clocks = all_written(found)
    ticket.sla_breached = any(clock.breach_time is not None for clock in found)
    owed = {clock.target: clock.due_time for clock in found if clock.end_time is None}
    ticket.first_response_due_time = owed.get(Target.FIRST_RESPONSE)
    ticket.next_response_due_time = owed.get(Target.NEXT_RESPONSE)
    ticket.resolution_due_time = owed.get(Target.RESOLUTION)
    await _wake_up(tx, ticket, found)


async def _wake_up(tx: Tx, ticket: Ticket, found: Sequence[Clock]) -> None:
    """Come back when the next promise is broken, if nothing happens before."""
    running = [clock.due_time for clock in found if clock.state is ClockState.RUNNING and clock.due_time is not None]
    due = min(running, default=None)
    if due == ticket.sla_check_time:
        return
    ticket.sla_check_time = due
    if due is None:
        await tx.cancel_timer(SLA_DUE, ticket.id)
    else:
        await tx.schedule(SLA_DUE, ticket.id, due + INSTANT)


def _announce(tx: Tx, ticket: Ticket, found: Sequence[Clock]) -> None:
    """Each breach once, with its exact instant, and each promise kept once."""
    before = {(known["target"], known["cycle"]): ClockState(known["state"]) for known in ticket.clocks}
    for clock in found:
        known = before.get((clock.target, clock.number))
        if clock.breach_time is not None and clock.breach_cause != CARRIED and known not in LATE:
            tx.publish(ticket, SlaBreached(clock=written(clock)))
            breached_clocks.add(1, {"target": clock.target.lower()})
        if clock.state in KEPT and known not in KEPT:
            tx.publish(ticket, SlaMet(clock=written(clock)))

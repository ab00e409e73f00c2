"""Solve a ticket, take that back, close it, or give it up (解决 / 重开 / 关闭 / 取消)."""

from datetime import timedelta

from crm.service_desk.v1.service_desk_events_pb2 import TicketClosed, TicketReopened, TicketResolved

from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain.calendar import add_working
from crm_service_desk.domain.history import Entered, Moment
from crm_service_desk.domain.states import RESOLVED
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.cite_knowledge import mark_solved
from crm_service_desk.usecases.run_clocks import tell_clocks
from crm_service_desk.usecases.wait import announce_state, set_alarm

CLOSE = "ticket.close"


async def resolve_ticket(tx: Tx, ticket: Ticket, code: str, resolution: str, root_cause: str) -> Ticket:
    """Declare it solved; without a word of the customer it closes by itself after the policy's working hours."""
    before = ticket.state
    ticket.resolve(code, resolution, root_cause, tx.principal.user_id, tx.now)
    tx.publish(ticket, TicketResolved(summary=resolution))
    await tell_clocks(tx, ticket, Entered(tx.now, ticket.state))
    await mark_solved(tx, ticket.id, solved=True)
    await set_alarm(tx, ticket, before)
    policy = await queries.policy_of(tx, ticket)
    if policy.close_after_minutes:
        calendar = await queries.calendar_of(tx, ticket.calendar_id)
        due = add_working(calendar.hours, tx.now, timedelta(minutes=policy.close_after_minutes))
        await tx.schedule(CLOSE, ticket.id, due)
    return ticket


async def reopen_ticket(tx: Tx, ticket: Ticket, reason: str) -> Ticket:
    """The solution did not hold; the resolution clock goes on where it stopped."""
    ticket.reopen()
    await announce_reopening(tx, ticket, reason, Entered(tx.now, ticket.state))
    return ticket


async def announce_reopening(tx: Tx, ticket: Ticket, reason: str, *news: Moment) -> None:
    """It is open again and does not close by itself."""
    tx.publish(ticket, TicketReopened(summary=reason))
    await tell_clocks(tx, ticket, *news)
    await mark_solved(tx, ticket.id, solved=False)
    await tx.cancel_timer(CLOSE, ticket.id)


async def close_ticket(tx: Tx, ticket: Ticket) -> Ticket:
    """The solution held."""
    ticket.close(tx.now)
    tx.publish(ticket, TicketClosed(summary=ticket.subject))
    await tell_clocks(tx, ticket, Entered(tx.now, ticket.state))
    await tx.cancel_timer(CLOSE, ticket.id)
    return ticket


async def close_if_still_solved(tx: Tx, ticket: Ticket) -> None:
    """The customer had time to object and did not."""
    if ticket.state == RESOLVED:
        await close_ticket(tx, ticket)


async def cancel_ticket(tx: Tx, ticket: Ticket, reason: str) -> Ticket:
    """Give it up unsolved; what was promised is no longer owed."""
    before = ticket.state
    ticket.cancel(reason, tx.now)
    await announce_state(tx, ticket, before, reason, Entered(tx.now, ticket.state))
    return ticket

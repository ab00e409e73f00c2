"""Let a ticket wait for somebody or for a date, and go on (挂起 / 恢复)."""

from datetime import datetime, timedelta

from crm.service_desk.v1.service_desk_events_pb2 import TicketStateChanged
from crm.service_desk.v1.ticket_pb2 import Ticket as TicketMessage

from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain.calendar import add_working
from crm_service_desk.domain.history import Entered, Moment
from crm_service_desk.domain.states import ON_HOLD, WAITING
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.run_clocks import tell_clocks

WAKE = "ticket.wake"


async def pend_ticket(tx: Tx, ticket: Ticket, state: str, until: datetime | None, reason: str) -> Ticket:
    """Wait for the customer, a third party or a date; a date outside working hours moves to the next opening."""
    check_waiting(state, until, tx.now)
    if until is not None:
        until = await _opening(tx, ticket, until)
    before = ticket.state
    ticket.pend(state, until)
    await announce_state(tx, ticket, before, reason, Entered(tx.now, ticket.state))
    return ticket


async def resume_ticket(tx: Tx, ticket: Ticket, reason: str) -> Ticket:
    """Go on working on it."""
    before = ticket.state
    ticket.resume()
    await announce_state(tx, ticket, before, reason, Entered(tx.now, ticket.state))
    return ticket


async def wake_ticket(tx: Tx, ticket: Ticket) -> None:
    """The date a ticket was put aside for has come."""
    if ticket.state == ON_HOLD and ticket.hold_until_time is not None and ticket.hold_until_time <= tx.now:
        await resume_ticket(tx, ticket, "")


async def announce_state(tx: Tx, ticket: Ticket, before: str, reason: str, *news: Moment) -> None:
    """The ticket came into a state that has no event of its own."""
    tx.publish(ticket, TicketStateChanged(previous_state=TicketMessage.State.Value(before), summary=reason))
    await tell_clocks(tx, ticket, *news)
    await set_alarm(tx, ticket, before)


async def set_alarm(tx: Tx, ticket: Ticket, before: str) -> None:
    """A ticket on hold wakes at its date; any other way out of the hold takes the alarm away."""
    if ticket.hold_until_time is not None:
        await tx.schedule(WAKE, ticket.id, ticket.hold_until_time)
    elif before == ON_HOLD:
        await tx.cancel_timer(WAKE, ticket.id)


def check_waiting(state: str, until: datetime | None, now: datetime) -> None:
    """Raises InvalidArgument unless it is a waiting state, with a date to come if and only if it is on hold."""
    if state not in WAITING:
        allowed = ", ".join(sorted(WAITING))
        raise InvalidArgument.of("state", "NOT_A_WAITING_STATE", f"Choose one of {allowed}.", f"请选择：{allowed}。")
    if state == ON_HOLD and (until is None or until <= now):
        en, zh = "Give a time to come at which the ticket wakes.", "请填写将来的恢复时间。"
        raise InvalidArgument.of("hold_until_time", "NOT_IN_THE_FUTURE", en, zh)
    if state != ON_HOLD and until is not None:
        en, zh = (
            "Only a ticket on hold has a date. Leave it out or choose ON_HOLD.",
            "仅搁置（ON_HOLD）需要恢复时间，请去掉或改选 ON_HOLD。",
        )
        raise InvalidArgument.of("hold_until_time", "ONLY_ON_HOLD", en, zh)


async def _opening(tx: Tx, ticket: Ticket, instant: datetime) -> datetime:
    calendar = await queries.calendar_of(tx, ticket.calendar_id)
    return add_working(calendar.hours, instant, timedelta())

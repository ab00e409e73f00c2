"""Solving a ticket, and what may still happen to it afterwards."""

from datetime import timedelta

import pytest
from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1 import ticket_pb2
from crm.service_desk.v1 import ticket_service_pb2 as pb

from crm_kit.errors import InvalidArgument
from crm_service_desk.domain.errors import TicketSolved

from .builders import instant, monday, tuesday
from .desk import AGENT, Desk

Ticket = ticket_pb2.Ticket


async def a_solved_ticket(desk: Desk, at: str = "17:00") -> Ticket:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    await desk.do("AssignTicket", pb.AssignTicketRequest(id=ticket.id, owner_id=str(AGENT)), at="10:00")
    await desk.do("PendTicket", pb.PendTicketRequest(id=ticket.id, state=Ticket.PENDING_CUSTOMER), at="11:00")
    await desk.do("ResumeTicket", pb.ResumeTicketRequest(id=ticket.id), at="15:00")
    solved = pb.ResolveTicketRequest(id=ticket.id, resolution_code="answered", resolution="Plugged it in.")
    return await desk.do("ResolveTicket", solved, at=at)


async def test_a_solved_ticket_reopens_with_the_time_it_had_left(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    assert (ticket.state, ticket.resolver_id) == (Ticket.RESOLVED, str(AGENT))
    objection = pb.RecordCustomerMessageRequest(id=ticket.id, body="Silent again.")
    ticket = await desk.do("RecordCustomerMessage", objection, at=tuesday("09:00"))
    assert (ticket.state, ticket.reopen_count) == (Ticket.OPEN, 1)
    assert instant(ticket.resolution_due_time) == tuesday("10:00")
    [reopened] = await desk.events(events.TicketReopened)
    assert reopened.summary == "Silent again."


async def test_a_solved_ticket_closes_by_itself_after_three_working_days_of_silence(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    thursday = monday("17:00") + timedelta(days=3)
    await desk.fire_timers(at=thursday - timedelta(minutes=1))
    assert (await desk.get(ticket)).state == Ticket.RESOLVED
    await desk.fire_timers(at=thursday)
    ticket = await desk.get(ticket)
    assert (ticket.state, instant(ticket.close_time)) == (Ticket.CLOSED, thursday)
    assert len(await desk.events(events.TicketClosed)) == 1


async def test_a_reopened_ticket_does_not_close_by_itself(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    await desk.do("ReopenTicket", pb.ReopenTicketRequest(id=ticket.id, reason="it was not the plug"), at="17:30")
    await desk.fire_timers(at=monday("17:00") + timedelta(days=30))
    assert (await desk.get(ticket)).state == Ticket.OPEN


async def test_a_message_soon_after_closing_reopens_and_later_begins_a_ticket_that_follows_up(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    await desk.do("CloseTicket", pb.CloseTicketRequest(id=ticket.id), at="17:00")
    soon = pb.RecordCustomerMessageRequest(id=ticket.id, body="Again!")
    ticket = await desk.do("RecordCustomerMessage", soon, at=monday("16:59") + timedelta(days=7))
    assert ticket.state == Ticket.OPEN
    solved = pb.ResolveTicketRequest(id=ticket.id, resolution_code="replaced", resolution="New printer.")
    await desk.do("ResolveTicket", solved)
    await desk.do("CloseTicket", pb.CloseTicketRequest(id=ticket.id))
    late = pb.RecordCustomerMessageRequest(id=ticket.id, body="The new one is silent.", external_id="<9@mail>")
    after = desk.now + timedelta(days=7)
    newer = await desk.do("RecordCustomerMessage", late, at=after)
    assert (newer.follow_up_of_id, newer.state, newer.customer_id) == (ticket.id, Ticket.NEW, ticket.customer_id)
    assert await desk.do("RecordCustomerMessage", late, at=after) == newer
    assert (await desk.get(ticket)).state == Ticket.CLOSED


async def test_a_complaint_needs_its_root_cause(desk: Desk) -> None:
    ticket = await desk.open_ticket(kind=Ticket.COMPLAINT)
    solved = pb.ResolveTicketRequest(id=ticket.id, resolution_code="refunded", resolution="Money back.")
    with pytest.raises(InvalidArgument, match="root_cause"):
        await desk.do("ResolveTicket", solved)
    solved.root_cause = "wrong label"
    assert (await desk.do("ResolveTicket", solved)).root_cause == "wrong label"


async def test_an_out_of_office_note_opens_nothing_again(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    away = pb.RecordCustomerMessageRequest(id=ticket.id, body="I am on holiday.", automatic=True)
    assert (await desk.do("RecordCustomerMessage", away)).state == Ticket.RESOLVED


async def test_what_a_state_forbids_is_refused_and_leaves_nothing_behind(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    before = await desk.all_events()
    reply = pb.ReplyToTicketRequest(id=ticket.id, body="Thank you.", await_customer=True)
    with pytest.raises(TicketSolved):
        await desk.do("ReplyToTicket", reply)
    assert await desk.all_events() == before
    assert await desk.get(ticket) == ticket

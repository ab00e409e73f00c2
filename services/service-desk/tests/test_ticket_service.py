"""Tickets through their RPCs, against a real database."""

from uuid import UUID

import pytest
from crm.service_desk.v1 import article_service_pb2, ticket_pb2
from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1 import ticket_service_pb2 as pb
from google.protobuf.field_mask_pb2 import FieldMask

from crm_kit.errors import InvalidArgument, NotFound, StaleEtag
from crm_kit.principal import Scope
from crm_service_desk.domain.errors import TicketOver

from .builders import instant, monday, stamp, tuesday
from .desk import AGENT, Desk, a_principal

COLLEAGUE = UUID("01920000-0000-7000-8000-000000000002")
Ticket = ticket_pb2.Ticket
Clock = ticket_pb2.SlaClock


async def test_a_new_ticket_has_a_number_a_policy_and_running_clocks(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    assert ticket.number.startswith("TK-2026-")
    assert (ticket.state, ticket.unit_path, ticket.owner_id) == (Ticket.NEW, "/hq/east/", "")
    assert instant(ticket.first_response_due_time) == monday("10:30")
    assert instant(ticket.resolution_due_time) == monday("15:00")
    assert [clock.state for clock in ticket.clocks] == [Clock.RUNNING, Clock.RUNNING]
    [created] = await desk.all_events()
    assert created == events.TicketCreated(ticket=ticket, summary="Printer is silent")


async def test_what_is_missing_is_named_field_by_field(desk: Desk) -> None:
    with pytest.raises(InvalidArgument) as caught:
        await desk.do("CreateTicket", pb.CreateTicketRequest(ticket=Ticket(customer_id="x")))
    found = {(violation.field, violation.reason) for violation in caught.value.violations}
    assert found == {("kind", "REQUIRED"), ("subject", "REQUIRED"), ("customer_id", "NOT_A_UUID")}


async def test_assigning_opens_a_new_ticket_and_names_the_former_owner(desk: Desk) -> None:
    ticket = await desk.open_ticket()
    await desk.do("AssignTicket", pb.AssignTicketRequest(id=ticket.id, owner_id=str(AGENT)))
    second = pb.AssignTicketRequest(id=ticket.id, owner_id=str(COLLEAGUE), reason="knows printers")
    ticket = await desk.do("AssignTicket", second)
    assert (ticket.state, ticket.owner_id) == (Ticket.OPEN, str(COLLEAGUE))
    told = await desk.events(events.TicketAssigned)
    assert [(event.previous_owner_id, event.summary) for event in told] == [("", ""), (str(AGENT), "knows printers")]


async def test_a_reply_keeps_the_first_response_promise_and_is_announced(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    reply = pb.ReplyToTicketRequest(id=ticket.id, body="Is it  plugged in?", await_customer=True)
    ticket = await desk.do("ReplyToTicket", reply, at="10:20")
    assert ticket.state == Ticket.PENDING_CUSTOMER
    assert instant(ticket.first_response_time) == monday("10:20")
    assert not ticket.HasField("first_response_due_time")
    assert not ticket.HasField("resolution_due_time")
    [replied] = await desk.events(events.TicketReplied)
    assert (replied.summary, replied.article.author_name) == ("Is it plugged in?", "Lin Tao")
    [met] = await desk.events(events.SlaMet)
    assert (met.clock.target, met.clock.state, met.clock.elapsed_minutes) == (Clock.FIRST_RESPONSE, Clock.MET, 20)
    assert met.ticket == ticket


async def test_an_automatic_reply_keeps_no_promise(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00")
    receipt = pb.ReplyToTicketRequest(id=ticket.id, body="We got your request.", automatic=True)
    ticket = await desk.do("ReplyToTicket", receipt, at="10:01")
    assert ticket.HasField("first_response_due_time")
    assert await desk.events(events.SlaMet) == []


async def test_a_note_is_for_colleagues_only(desk: Desk) -> None:
    ticket = await desk.open_ticket()
    await desk.do("AddTicketNote", pb.AddTicketNoteRequest(id=ticket.id, body="Difficult customer."))
    assert len(await desk.all_events()) == 1
    articles = await desk.do("ListArticles", article_service_pb2.ListArticlesRequest(ticket_id=ticket.id))
    assert [article.body for article in articles.articles] == ["Difficult customer."]
    assert (await desk.get(ticket)).etag == ticket.etag


async def test_the_customers_answer_ends_the_waiting_and_moves_the_due_time(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    pend = pb.PendTicketRequest(id=ticket.id, state=Ticket.PENDING_CUSTOMER, reason="asked for the serial number")
    await desk.do("PendTicket", pend, at="11:00")
    said = pb.RecordCustomerMessageRequest(id=ticket.id, body="It is 4711.", author_name="Ms Wang")
    ticket = await desk.do("RecordCustomerMessage", said, at="15:00")
    assert (ticket.state, instant(ticket.resolution_due_time)) == (Ticket.OPEN, monday("18:00"))
    changes = await desk.events(events.TicketStateChanged)
    assert [(event.previous_state, event.ticket.state) for event in changes] == [
        (Ticket.NEW, Ticket.PENDING_CUSTOMER),
        (Ticket.PENDING_CUSTOMER, Ticket.OPEN),
    ]
    [heard] = await desk.events(events.CustomerReplied)
    assert (heard.article.body, heard.ticket.customer_id) == ("It is 4711.", ticket.customer_id)


async def test_a_message_that_arrives_late_counts_from_when_it_was_written(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    await desk.do("PendTicket", pb.PendTicketRequest(id=ticket.id, state=Ticket.PENDING_CUSTOMER), at="11:00")
    said = pb.RecordCustomerMessageRequest(id=ticket.id, body="It is 4711.", occur_time=stamp(monday("15:00")))
    ticket = await desk.do("RecordCustomerMessage", said, at="16:00")
    assert instant(ticket.resolution_due_time) == monday("18:00")


async def test_a_repeated_message_changes_nothing(desk: Desk) -> None:
    ticket = await desk.open_ticket()
    said = pb.RecordCustomerMessageRequest(id=ticket.id, body="Hello?", external_id="<1@mail>")
    first = await desk.do("RecordCustomerMessage", said, at="10:10")
    assert await desk.do("RecordCustomerMessage", said, at="10:20") == first
    assert len(await desk.events(events.CustomerReplied)) == 1


async def test_waiting_on_hold_ends_by_itself_at_the_next_opening(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00")
    hold = pb.PendTicketRequest(id=ticket.id, state=Ticket.ON_HOLD, hold_until_time=stamp(monday("20:00")))
    ticket = await desk.do("PendTicket", hold, at="10:10")
    assert instant(ticket.hold_until_time) == tuesday("09:00")
    await desk.fire_timers(at=monday("21:00"))
    assert (await desk.get(ticket)).state == Ticket.ON_HOLD
    await desk.fire_timers(at=tuesday("09:00"))
    ticket = await desk.get(ticket)
    assert (ticket.state, ticket.HasField("hold_until_time")) == (Ticket.OPEN, False)


@pytest.mark.parametrize(
    ("state", "until", "field"),
    [
        (Ticket.RESOLVED, None, "state"),
        (Ticket.ON_HOLD, None, "hold_until_time"),
        (Ticket.ON_HOLD, "09:00", "hold_until_time"),
        (Ticket.PENDING_CUSTOMER, "17:00", "hold_until_time"),
    ],
)
async def test_waiting_needs_a_waiting_state_and_a_date_only_on_hold(
    desk: Desk, state: Ticket.State.ValueType, until: str | None, field: str
) -> None:
    ticket = await desk.open_ticket(at="10:00")
    request = pb.PendTicketRequest(id=ticket.id, state=state, hold_until_time=stamp(monday(until)) if until else None)
    with pytest.raises(InvalidArgument) as caught:
        await desk.do("PendTicket", request)
    assert [violation.field for violation in caught.value.violations] == [field]


async def test_cancelling_ends_it_and_nothing_is_owed_any_more(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00")
    ticket = await desk.do("CancelTicket", pb.CancelTicketRequest(id=ticket.id, reason="opened twice"))
    assert (ticket.state, ticket.cancel_reason) == (Ticket.CANCELLED, "opened twice")
    assert {clock.state for clock in ticket.clocks} == {Clock.CANCELLED}
    await desk.fire_timers(at=tuesday("18:00"))
    assert await desk.events(events.SlaBreached) == []
    with pytest.raises(TicketOver):
        await desk.do("ReplyToTicket", pb.ReplyToTicketRequest(id=ticket.id, body="Hello?"))


async def test_an_edit_changes_only_the_fields_of_its_mask(desk: Desk) -> None:
    ticket = await desk.open_ticket(subject="打印机没有声音", description="since Monday")
    edit = Ticket(id=ticket.id, etag=ticket.etag, subject="Printer silent", description="")
    request = pb.UpdateTicketRequest(ticket=edit, update_mask=FieldMask(paths=["subject"]))
    changed = await desk.do("UpdateTicket", request)
    assert (changed.subject, changed.description) == ("Printer silent", "since Monday")
    with pytest.raises(StaleEtag):
        await desk.do("UpdateTicket", request)
    state = pb.UpdateTicketRequest(ticket=Ticket(id=ticket.id), update_mask=FieldMask(paths=["state"]))
    with pytest.raises(InvalidArgument, match="state"):
        await desk.do("UpdateTicket", state)


async def test_tickets_are_found_by_filter_order_and_text(desk: Desk) -> None:
    slow = await desk.open_ticket(at="10:00", subject="打印机没有声音", priority=Ticket.LOW)
    fast = await desk.open_ticket(at="10:01", priority=Ticket.URGENT)
    queue = pb.ListTicketsRequest(filter="state = NEW", order_by="resolution_due_time")
    assert [ticket.id for ticket in (await desk.do("ListTickets", queue)).tickets] == [fast.id, slow.id]
    found = await desk.do("ListTickets", pb.ListTicketsRequest(search="没有声音"))
    assert [ticket.id for ticket in found.tickets] == [slow.id]
    urgent = pb.ListTicketsRequest(filter='priority = URGENT AND customer_id = "' + fast.customer_id + '"')
    assert [ticket.id for ticket in (await desk.do("ListTickets", urgent)).tickets] == [fast.id]


async def test_another_units_tickets_and_their_conversations_do_not_exist_for_a_dealer(desk: Desk) -> None:
    ticket = await desk.open_ticket()
    await desk.do("ReplyToTicket", pb.ReplyToTicketRequest(id=ticket.id, body="Hello."))
    listed = await desk.do("ListArticles", article_service_pb2.ListArticlesRequest(ticket_id=ticket.id))
    dealer = a_principal(Scope.UNIT, unit="/hq/west/")
    refused = [
        ("GetTicket", pb.GetTicketRequest(id=ticket.id)),
        ("CloseTicket", pb.CloseTicketRequest(id=ticket.id)),
        ("ExplainTicketSla", pb.ExplainTicketSlaRequest(id=ticket.id)),
        ("ListArticles", article_service_pb2.ListArticlesRequest(ticket_id=ticket.id)),
        ("GetArticle", article_service_pb2.GetArticleRequest(id=listed.articles[0].id)),
    ]
    for method, request in refused:
        with pytest.raises(NotFound):
            await desk.do(method, request, by=dealer)
    assert list((await desk.do("ListTickets", pb.ListTicketsRequest(), by=dealer)).tickets) == []

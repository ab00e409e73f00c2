"""The parts fit together: classes and database, history and clocks, callers at the same time."""

import asyncio

from crm.service_desk.v1 import article_service_pb2, ticket_pb2
from crm.service_desk.v1 import ticket_service_pb2 as pb
from sqlalchemy import Engine, event, select

from crm_kit import migrations
from crm_kit.call import Call
from crm_kit.outbox import outbox
from crm_kit.revisions import outdated
from crm_kit.tx import begin
from crm_service_desk import queries
from crm_service_desk.domain import sla
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.mappings import clocks
from crm_service_desk.service import service

from .builders import tuesday
from .desk import Desk


async def test_the_migrated_database_is_what_the_classes_say(desk: Desk) -> None:
    url = desk.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    assert await outdated(url, service.package) == []
    assert await asyncio.to_thread(migrations.differences, url, service.metadata) == []


async def test_the_stored_history_replays_to_the_stored_clocks(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=ticket_pb2.Ticket.URGENT)
    await desk.do("ReplyToTicket", pb.ReplyToTicketRequest(id=ticket.id, body="Hm?", await_customer=True), at="10:40")
    await desk.do("RecordCustomerMessage", pb.RecordCustomerMessageRequest(id=ticket.id, body="Hm!"), at="15:00")
    solved = pb.ResolveTicketRequest(id=ticket.id, resolution_code="answered", resolution="Plugged it in.")
    await desk.do("ResolveTicket", solved, at="17:00")
    await desk.do("ReopenTicket", pb.ReopenTicketRequest(id=ticket.id, reason="silent"), at=tuesday("09:00"))
    async with begin(Call.for_work(desk.db, kind="job", name="replay", now=tuesday("09:00"))) as tx:
        stored = await tx.load(Ticket, ticket.id)
        history = await queries.read_history(tx, stored.id)
    assert clocks(sla.clocks(history, tuesday("09:00"))) == stored.clocks


async def test_two_who_work_on_one_ticket_at_once_both_leave_their_mark(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00")
    replies = [pb.ReplyToTicketRequest(id=ticket.id, body=f"answer {number}") for number in range(3)]
    said = [pb.RecordCustomerMessageRequest(id=ticket.id, body=f"question {number}") for number in range(3)]
    await asyncio.gather(
        *(desk.do("ReplyToTicket", request) for request in replies),
        *(desk.do("RecordCustomerMessage", request) for request in said),
    )
    listed = await desk.do("ListArticles", article_service_pb2.ListArticlesRequest(ticket_id=ticket.id))
    assert len(listed.articles) == 6
    async with desk.db.connect() as connection:
        numbers = (await connection.execute(select(outbox.c.event_seq).order_by(outbox.c.event_seq))).scalars().all()
    assert numbers == list(range(1, len(numbers) + 1))
    assert (await desk.get(ticket)).HasField("first_response_time")


async def test_each_command_writes_the_ticket_once(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00")
    reply = pb.ReplyToTicketRequest(id=ticket.id, body="Hm?", await_customer=True)
    versions = [
        ticket,
        await desk.do("ReplyToTicket", reply, at="10:10"),
        await desk.do("RecordCustomerMessage", pb.RecordCustomerMessageRequest(id=ticket.id, body="Hm!"), at="10:20"),
        await desk.do("ReopenTicket", pb.ReopenTicketRequest(id=(await solved(desk, ticket)).id, reason="silent")),
    ]
    assert [int(version.etag) for version in versions] == [1, 2, 3, 5]


async def solved(desk: Desk, ticket: ticket_pb2.Ticket) -> ticket_pb2.Ticket:
    request = pb.ResolveTicketRequest(id=ticket.id, resolution_code="answered", resolution="Plugged it in.")
    found: ticket_pb2.Ticket = await desk.do("ResolveTicket", request)
    return found


async def test_a_page_of_tickets_costs_one_statement_however_long_it_is(desk: Desk) -> None:
    for _ in range(3):
        await desk.open_ticket()
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    # Of any engine: lists by the caller's conditions have connections of their own.
    event.listen(Engine, "before_cursor_execute", note)
    try:
        page = await desk.do("ListTickets", pb.ListTicketsRequest(filter="state = NEW"))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert (len(page.tickets), len(statements)) == (3, 1)

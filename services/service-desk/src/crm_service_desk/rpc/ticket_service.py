"""crm.service_desk.v1.TicketService."""

from uuid import UUID

from crm.service_desk.v1 import ticket_pb2
from crm.service_desk.v1 import ticket_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_service_desk import mappings, queries
from crm_service_desk.domain import sla
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.fields import TICKET_FILTERS, TICKET_SEARCH
from crm_service_desk.rpc.arguments import check_texts, instant_of, user_id, version_ids
from crm_service_desk.usecases.assign_ticket import assign_ticket
from crm_service_desk.usecases.converse import add_note, reply_to_ticket
from crm_service_desk.usecases.create_ticket import create_ticket
from crm_service_desk.usecases.record_customer_message import CustomerMessage, record_customer_message
from crm_service_desk.usecases.solve import cancel_ticket, close_ticket, reopen_ticket, resolve_ticket
from crm_service_desk.usecases.update_ticket import update_ticket
from crm_service_desk.usecases.wait import pend_ticket, resume_ticket

tickets = Resource(mappings.ticket, filters=TICKET_FILTERS, search=TICKET_SEARCH)


class TicketService:
    """Tickets from intake to closing."""

    GetTicket = tickets.get
    ListTickets = tickets.list

    async def CreateTicket(self, request: pb.CreateTicketRequest, call: Call) -> ticket_pb2.Ticket:
        ticket = await tickets.read(call, request.ticket)
        async with begin(call) as tx:
            await create_ticket(tx, ticket)
        return tickets.write(ticket)

    async def UpdateTicket(self, request: pb.UpdateTicketRequest, call: Call) -> ticket_pb2.Ticket:
        values = await tickets.changes(call, request.ticket, request.update_mask.paths)
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.ticket.id, etag=request.ticket.etag)
            await update_ticket(tx, ticket, tickets.apply(ticket, values))
        return tickets.write(ticket)

    async def AssignTicket(self, request: pb.AssignTicketRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request, "owner_id")
        agent_id = user_id("owner_id", request.owner_id)
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id, etag=request.etag)
            await assign_ticket(tx, ticket, agent_id, request.reason)
        return tickets.write(ticket)

    async def ReplyToTicket(self, request: pb.ReplyToTicketRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request, "body")
        cited = version_ids("knowledge_version_ids", request.knowledge_version_ids)
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id, etag=request.etag)
            await reply_to_ticket(
                tx,
                ticket,
                request.body,
                channel=request.channel,
                automatic=request.automatic,
                await_customer=request.await_customer,
                cited=cited,
            )
        return tickets.write(ticket)

    async def AddTicketNote(self, request: pb.AddTicketNoteRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request, "body")
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id)
            await add_note(tx, ticket, request.body)
        return tickets.write(ticket)

    async def RecordCustomerMessage(self, request: pb.RecordCustomerMessageRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request, "body")
        message = CustomerMessage(
            body=request.body,
            author_name=request.author_name,
            channel=request.channel,
            automatic=request.automatic,
            external_id=request.external_id,
            occur_time=instant_of(request, "occur_time"),
        )
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id)
            ticket = await record_customer_message(tx, ticket, message)
        return tickets.write(ticket)

    async def PendTicket(self, request: pb.PendTicketRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request)
        state, until = mappings.state_name(request.state), instant_of(request, "hold_until_time")
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id, etag=request.etag)
            await pend_ticket(tx, ticket, state, until, request.reason)
        return tickets.write(ticket)

    async def ResumeTicket(self, request: pb.ResumeTicketRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request)
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id, etag=request.etag)
            await resume_ticket(tx, ticket, request.reason)
        return tickets.write(ticket)

    async def ResolveTicket(self, request: pb.ResolveTicketRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request, "resolution_code", "resolution")
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id, etag=request.etag)
            await resolve_ticket(tx, ticket, request.resolution_code, request.resolution, request.root_cause.strip())
        return tickets.write(ticket)

    async def ReopenTicket(self, request: pb.ReopenTicketRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request, "reason")
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id, etag=request.etag)
            await reopen_ticket(tx, ticket, request.reason)
        return tickets.write(ticket)

    async def CloseTicket(self, request: pb.CloseTicketRequest, call: Call) -> ticket_pb2.Ticket:
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id, etag=request.etag)
            await close_ticket(tx, ticket)
        return tickets.write(ticket)

    async def CancelTicket(self, request: pb.CancelTicketRequest, call: Call) -> ticket_pb2.Ticket:
        check_texts(request, "reason")
        async with begin(call) as tx:
            ticket = await tx.load(Ticket, request.id, etag=request.etag)
            await cancel_ticket(tx, ticket, request.reason)
        return tickets.write(ticket)

    async def ExplainTicketSla(self, request: pb.ExplainTicketSlaRequest, call: Call) -> pb.ExplainTicketSlaResponse:
        ticket = await tickets.find(call, request.id)
        history = await queries.history_of(call, UUID(ticket.id))
        now = max(call.now, history[-1].time)
        found = sla.clocks(history, now)
        return pb.ExplainTicketSlaResponse(explanations=[mappings.explanation(clock, now) for clock in found])

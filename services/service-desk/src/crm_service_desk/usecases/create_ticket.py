"""Take in a request of a customer (服务请求受理)."""

from crm.service_desk.v1.service_desk_events_pb2 import TicketCreated

from crm_kit.tx import Tx
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.run_clocks import start_clocks


async def create_ticket(tx: Tx, ticket: Ticket) -> Ticket:
    """Number it, announce it and start its clocks."""
    ticket.number = await tx.number("TK")
    ticket.index_search()
    tx.add(ticket)
    tx.publish(ticket, TicketCreated(summary=ticket.subject))
    await start_clocks(tx, ticket)
    return ticket

"""Hand a ticket to an agent (分派)."""

from uuid import UUID

from crm.service_desk.v1.service_desk_events_pb2 import TicketAssigned

from crm_kit.tx import Tx
from crm_service_desk.domain.history import Entered
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.run_clocks import tell_clocks


async def assign_ticket(tx: Tx, ticket: Ticket, agent_id: UUID, reason: str) -> Ticket:
    """Make the agent its owner; work on a new ticket begins with that."""
    previous, state = ticket.owner_id, ticket.state
    ticket.assign(agent_id)
    tx.publish(ticket, TicketAssigned(previous_owner_id=str(previous or ""), summary=reason))
    if ticket.state != state:
        await tell_clocks(tx, ticket, Entered(tx.now, ticket.state))
    return ticket

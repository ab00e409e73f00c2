"""Correct the facts of a ticket; other facts may mean other promises."""

from crm.service_desk.v1.service_desk_events_pb2 import TicketUpdated

from crm_kit.tx import Tx
from crm_service_desk.domain.states import UNSOLVED
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.choose_plan import choose_plan
from crm_service_desk.usecases.run_clocks import replan_clocks


async def update_ticket(tx: Tx, ticket: Ticket, changed: set[str]) -> Ticket:
    """Announce the edit and choose the promises of an unsolved ticket again; it has the new values already."""
    if not changed:
        return ticket
    ticket.edited()
    tx.publish(ticket, TicketUpdated())
    if ticket.state in UNSOLVED:
        await replan_clocks(tx, ticket, await choose_plan(tx, ticket))
    return ticket

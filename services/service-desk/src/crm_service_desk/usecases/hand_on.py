"""A person leaves or changes posts: their unsolved tickets go to a colleague, whose clocks run on."""

from typing import Any

from crm.service_desk.v1.service_desk_events_pb2 import TicketAssigned

from crm_kit.handover import Handover, Transferable
from crm_service_desk.domain.states import UNSOLVED
from crm_service_desk.domain.ticket import Ticket


def _assigned(_ticket: Any, handover: Handover) -> TicketAssigned:
    return TicketAssigned(previous_owner_id=str(handover.from_user_id), summary=handover.reason)


TRANSFERABLE = (Transferable(Ticket, Ticket.__table__.c.state.in_(sorted(UNSOLVED)), _assigned),)

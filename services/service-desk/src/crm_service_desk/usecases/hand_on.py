"""A person leaves or changes posts: their unsolved tickets go to a colleague, whose clocks run on, and
so do the articles they kept.
"""

from typing import Any

from crm.service_desk.v1.service_desk_events_pb2 import KnowledgeArticleUpdated, TicketAssigned

from crm_kit.handover import Handover, Transferable
from crm_service_desk.domain.knowledge_article import KnowledgeArticle, State
from crm_service_desk.domain.states import UNSOLVED
from crm_service_desk.domain.ticket import Ticket


def _assigned(_ticket: Any, handover: Handover) -> TicketAssigned:
    return TicketAssigned(previous_owner_id=str(handover.from_user_id), summary=handover.reason)


def _kept(_article: Any, _handover: Handover) -> KnowledgeArticleUpdated:
    return KnowledgeArticleUpdated()


TRANSFERABLE = (
    Transferable(Ticket, Ticket.__table__.c.state.in_(sorted(UNSOLVED)), _assigned),
    Transferable(KnowledgeArticle, KnowledgeArticle.__table__.c.state != State.ARCHIVED, _kept),
)

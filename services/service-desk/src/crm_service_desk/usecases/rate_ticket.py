"""The customer rates a solved ticket (满意度调查)."""

from crm.service_desk.v1.service_desk_events_pb2 import SurveyAnswered

from crm_kit.tx import Tx
from crm_service_desk import mappings, queries
from crm_service_desk.domain.errors import AlreadyRated
from crm_service_desk.domain.survey_answer import SurveyAnswer
from crm_service_desk.domain.ticket import Ticket


async def rate_ticket(tx: Tx, answer: SurveyAnswer) -> SurveyAnswer:
    """Record the one rating of a ticket; it counts for the agent who resolved it."""
    ticket = await tx.load(Ticket, answer.ticket_id)
    earlier = await queries.answer_about(tx, ticket.id)
    if earlier is not None:
        raise AlreadyRated(number=ticket.number, id=earlier)
    answer.take(ticket, tx.now)
    tx.add(answer)
    _announce(tx, answer, ticket)
    return answer


async def change_rating(tx: Tx, answer: SurveyAnswer, changed: set[str]) -> SurveyAnswer:
    """The customer thought again, before the answer expired; it has the new values already."""
    if changed:
        ticket = await queries.rated_ticket(tx, answer)
        answer.change(ticket.number, tx.now)
        _announce(tx, answer, ticket)
    return answer


def _announce(tx: Tx, answer: SurveyAnswer, ticket: Ticket) -> None:
    tx.publish(answer, SurveyAnswered(ticket=mappings.ticket.write(ticket), summary=answer.summary))

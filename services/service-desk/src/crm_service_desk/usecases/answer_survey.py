"""The customer rates a ticket under a link: signed by us, so that nobody can guess at another's."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from crm_kit.call import Call
from crm_kit.errors import FailedPrecondition, InvalidArgument, NotFound
from crm_kit.keys import Keys
from crm_kit.principal import Scope
from crm_kit.signed_tokens import read_token, sign_token
from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain.errors import SurveyClosed
from crm_service_desk.domain.survey_answer import ANSWERABLE_FOR, SurveyAnswer
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.rate_ticket import change_rating, rate_ticket

PURPOSE = "survey"
MADE_BY = "service-desk"
RATE = "service_desk.survey_answer.create"
LONGEST_COMMENT = 2_000


class SurveyOver(FailedPrecondition):
    """The time to answer has passed."""

    en = "The time to answer this survey has passed."
    zh = "评价时间已过。"


def survey_token(keys: Keys, ticket_id: UUID, expires: datetime) -> str:
    """What the link to a ticket's survey says: the ticket, and until when."""
    return sign_token(keys, PURPOSE, ticket_id.bytes + int(expires.timestamp()).to_bytes(8))


def surveyed_ticket(keys: Keys, token: str, now: datetime) -> UUID:
    """The ticket of a link; NotFound when it is none of ours, SurveyOver when its time has passed."""
    statement = read_token(keys, MADE_BY, PURPOSE, token)
    if statement is None:
        raise NotFound(resource="survey", id="")
    if now >= datetime.fromtimestamp(int.from_bytes(statement[16:]), UTC):
        raise SurveyOver
    return UUID(bytes=statement[:16])


def answerable_until(number: str, resolve_time: datetime | None, now: datetime) -> datetime:
    """When the link of a ticket ends; SurveyClosed when it was never resolved, or too long ago."""
    if resolve_time is None or now >= resolve_time + ANSWERABLE_FOR:
        raise SurveyClosed(number=number)
    return resolve_time + ANSWERABLE_FOR


def as_customer(call: Call) -> Call:
    """The call with the one right of whoever follows a link."""
    return call.as_principal(replace(call.principal, grants=((RATE, Scope.ALL),)), RATE)


async def answer_survey(tx: Tx, ticket_id: UUID, score: int, comment: str) -> SurveyAnswer:
    """The one rating of the ticket, recorded or changed; SurveyOver when its time has passed."""
    if len(comment) > LONGEST_COMMENT:
        en, zh = f"At most {LONGEST_COMMENT} characters.", f"最多 {LONGEST_COMMENT} 个字符。"
        raise InvalidArgument.of("comment", "TOO_LONG", en, zh)
    try:
        # Locked, so that of two answers at once the second changes the first.
        ticket = await tx.load(Ticket, ticket_id)
        earlier = await queries.answer_about(tx, ticket.id)
        if earlier is None:
            return await rate_ticket(tx, SurveyAnswer(ticket_id=ticket.id, score=score, comment=comment, channel="web"))
        answer = await tx.load(SurveyAnswer, earlier)
        changed = (answer.score, answer.comment) != (score, comment)
        answer.score, answer.comment, answer.channel = score, comment, "web"
        return await change_rating(tx, answer, {"score"} if changed else set())
    except SurveyClosed as closed:
        raise SurveyOver from closed

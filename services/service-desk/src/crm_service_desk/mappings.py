"""Which entity is which message: the only place of this service that knows both."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from crm.service_desk.v1 import (
    article_pb2,
    calendar_pb2,
    knowledge_article_pb2,
    sla_policy_pb2,
    survey_answer_pb2,
    ticket_pb2,
    ticket_service_pb2,
)
from google.protobuf.timestamp_pb2 import Timestamp

from crm_kit.mapping import Mapping, stored
from crm_service_desk.domain.article import Article
from crm_service_desk.domain.business_calendar import Calendar
from crm_service_desk.domain.cycle import Clock
from crm_service_desk.domain.knowledge_article import KnowledgeArticle
from crm_service_desk.domain.knowledge_version import KnowledgeVersion
from crm_service_desk.domain.sla import expected_spans
from crm_service_desk.domain.sla_policy import SlaPolicy
from crm_service_desk.domain.survey_answer import SurveyAnswer
from crm_service_desk.domain.ticket import Ticket

MINUTE = timedelta(minutes=1)
State = ticket_pb2.Ticket.State

ticket = Mapping(Ticket, ticket_pb2.Ticket)
article = Mapping(Article, article_pb2.Article)
calendar = Mapping(Calendar, calendar_pb2.Calendar)
sla_policy = Mapping(
    SlaPolicy,
    sla_policy_pb2.SlaPolicy,
    computed={"pause_states": lambda row: [State.Value(state) for state in row.pause_states]},
)
knowledge_article = Mapping(
    KnowledgeArticle,
    knowledge_article_pb2.KnowledgeArticle,
    computed=dict.fromkeys(("used_count", "solved_count"), lambda _: None),
)
"""Its counts are asked for when somebody looks."""
knowledge_version = Mapping(KnowledgeVersion, knowledge_article_pb2.KnowledgeVersion)
survey_answer = Mapping(SurveyAnswer, survey_answer_pb2.SurveyAnswer)


def clock(found: Clock) -> ticket_pb2.SlaClock:
    """A clock as the contract shows it: whole minutes counted, begun minutes late."""
    late = -(-found.overrun // MINUTE) if found.breach_time is not None else 0
    return ticket_pb2.SlaClock(
        target=ticket_pb2.SlaClock.Target.Value(found.target),
        state=ticket_pb2.SlaClock.State.Value(found.state),
        due_time=_timestamp(found.due_time),
        target_minutes=found.limit // MINUTE,
        elapsed_minutes=found.elapsed // MINUTE,
        breach_minutes=max(late, 1) if found.breach_time is not None else 0,
        cycle=found.number,
        start_time=_timestamp(found.start_time),
        end_time=_timestamp(found.end_time),
        breach_cause=found.breach_cause,
    )


def state_name(number: int) -> str:
    """A ticket's state as it is stored; a number the contract does not know stays one and fits no rule."""
    return State.Name(number) if number in State.values() else str(number)  # type: ignore[arg-type]


def explanation(found: Clock, now: datetime) -> ticket_service_pb2.ExplainTicketSlaResponse.Explanation:
    """A clock with every interval it counted and is going to count."""
    terms = found.plan.terms
    made = ticket_service_pb2.ExplainTicketSlaResponse.Explanation(
        clock=clock(found),
        policy=f"{terms.policy_id}@{terms.policy_version}",
        calendar=f"{terms.calendar_id}@{terms.calendar_revision}",
        time_zone=found.plan.hours.zone.key,
    )
    for spans, expected in ((found.counted, False), (expected_spans(found, now), True)):
        for start, end in spans:
            seconds = (end - start) // timedelta(seconds=1)
            made.intervals.add(
                start_time=_timestamp(start), end_time=_timestamp(end), seconds=seconds, expected=expected
            )
    return made


def clocks(found: Iterable[Clock]) -> list[dict[str, Any]]:
    """Clocks as the ticket keeps them."""
    return [stored(clock(item)) for item in found]


def _timestamp(instant: datetime | None) -> Timestamp | None:
    if instant is None:
        return None
    made = Timestamp()
    made.FromDatetime(instant)
    return made

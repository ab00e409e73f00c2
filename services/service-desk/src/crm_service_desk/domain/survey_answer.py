"""How satisfied a customer was with one ticket."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import scope_index
from crm_kit.errors import InvalidArgument
from crm_service_desk.domain.errors import SurveyClosed
from crm_service_desk.domain.record import Record
from crm_service_desk.domain.ticket import Ticket

ANSWERABLE_FOR = timedelta(days=30)
"""How long after the resolving a rating is taken and may be changed."""

LOWEST, HIGHEST = 1, 5


class SurveyAnswer(Record):
    """The one rating of a ticket; it counts for the agent who resolved it."""

    __tablename__ = "survey_answer"

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.id"), default=None)
    customer_id: Mapped[UUID] = mapped_column(default=None)
    agent_id: Mapped[UUID | None] = mapped_column(default=None)
    score: Mapped[int] = mapped_column(Integer(), default=0)
    comment: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(default="")
    answer_time: Mapped[datetime] = mapped_column(default=None)
    expire_time: Mapped[datetime] = mapped_column(default=None)

    __table_args__ = (
        scope_index("survey_answer"),
        Index("uq_survey_answer_ticket_id", "ticket_id", unique=True),
        Index("ix_survey_answer_agent_id", "agent_id", "answer_time"),
    )

    def take(self, ticket: Ticket, now: datetime) -> None:
        """Record the rating of a ticket that was resolved; refused before that and after 30 days."""
        if ticket.resolve_time is None:
            raise SurveyClosed(number=ticket.number)
        self.customer_id, self.unit_path = ticket.customer_id, ticket.unit_path
        self.agent_id = self.owner_id = ticket.resolver_id
        self.expire_time = ticket.resolve_time + ANSWERABLE_FOR
        self.channel = self.channel or "web"
        self.change(ticket.number, now)

    def change(self, number: str, now: datetime) -> None:
        """The score was given or given again, now; refused when its time is over."""
        if now >= self.expire_time:
            raise SurveyClosed(number=number)
        if not LOWEST <= self.score <= HIGHEST:
            en, zh = (
                "Give a score from 1 (very dissatisfied) to 5 (very satisfied).",
                "请给出 1（非常不满意）至 5（非常满意）的评分。",
            )
            raise InvalidArgument.of("score", "OUT_OF_RANGE", en, zh)
        self.answer_time = now

    @property
    def summary(self) -> str:
        """The score and the comment in one line."""
        return " ".join(f"{self.score}/{HIGHEST} {self.comment}".split())

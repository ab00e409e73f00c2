"""Conflicts (撞单): two units claim one party, an arbiter above both decides (domain rule 2.4, row 3)."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import scope_index
from crm_kit.errors import FailedPrecondition
from crm_leads.domain.record import Record


class Decision(StrEnum):
    """Where a conflict stands; the contract describes each value."""

    PENDING = "PENDING"
    HELD_BY_HOLDER = "HELD_BY_HOLDER"
    GIVEN_TO_SUBMITTER = "GIVEN_TO_SUBMITTER"
    SPLIT = "SPLIT"
    REJECTED = "REJECTED"


class ConflictDecidedAlready(FailedPrecondition):
    """A conflict is decided once. Facts: id, state."""

    en = "This conflict has been decided already ({state})."
    zh = "该撞单已裁定（{state}）。"


class Conflict(Record):
    """A held submission and what stands against it.

    It belongs to the unit above both sides, so that neither of them reaches it. Of the sides it keeps ids only: what
    they are and whose is asked when somebody looks.
    """

    __tablename__ = "conflict"

    state: Mapped[str] = mapped_column(default=Decision.PENDING)
    lead_id: Mapped[UUID] = mapped_column(default=None)
    holder_lead_id: Mapped[UUID | None] = mapped_column(default=None)
    holder_customer_id: Mapped[UUID | None] = mapped_column(default=None)
    protected_until_date: Mapped[str] = mapped_column(default="")
    score: Mapped[float] = mapped_column(default=0.0)
    because: Mapped[list[str]] = mapped_column(default_factory=list)
    answer: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    submitted_by: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[str] = mapped_column(default="")
    decide_due_time: Mapped[datetime | None] = mapped_column(default=None)
    decide_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        scope_index("conflict"),
        Index("ix_conflict_pending", "unit_path", "decide_due_time", postgresql_where=text("state = 'PENDING'")),
    )

    def decide(self, state: Decision, *, by: str, at: datetime, reason: str, answer: str) -> None:
        """Once and for all."""
        if self.state != Decision.PENDING:
            raise ConflictDecidedAlready(id=self.id, state=self.state)
        self.state, self.decided_by, self.decide_time = state, by, at
        self.reason, self.answer = reason, answer


def unit_above(one: str, other: str) -> str:
    """The nearest unit above both, so that neither arbitrates its own case: ``/hq/`` for ``/hq/east/d1/``, ``/hq/south/``.

    Only the root has nobody above.
    """
    shared = "/"
    for mine, theirs in zip(one.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if mine != theirs:
            break
        shared += mine + "/"
    if shared in {one, other} and shared.count("/") > 2:
        shared = shared.rstrip("/").rpartition("/")[0] + "/"
    return shared


def protected_day(until: datetime | None, now: datetime, customer_protection: timedelta) -> str:
    """The day a submitter is told: never the instant, which would tell when the holder claimed or last called. What has
    no date of its own, a customer, is protected for as long as the policy says.
    """
    return (
        (until if until is not None and until > now else now + customer_protection).astimezone(UTC).date().isoformat()
    )


def end_of(day: str) -> datetime:
    """The last moment of a protected day."""
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), UTC)

"""Contact moments, and which of them count as follow-up (domain rule 2.8)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_leads.domain.record import Record

KINDS = ("call", "email", "sms", "visit", "chat", "social", "meeting", "other")
DIRECTIONS = ("inbound", "outbound")
SHORTEST_CALL_SECONDS = 15
"""A call shorter than this and without an outcome reached nobody."""


class Touch(Record):
    """One contact moment with a lead."""

    __tablename__ = "touch"

    lead_id: Mapped[UUID] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(default="call")
    direction: Mapped[str] = mapped_column(default="outbound")
    outcome: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    duration_seconds: Mapped[int] = mapped_column(default=0)
    occur_time: Mapped[datetime] = mapped_column(default=None)
    valid: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("ix_touch_lead", "lead_id", text("occur_time DESC"), text("id DESC")),)


def counts(kind: str, direction: str, outcome: str, duration_seconds: int) -> bool:
    """Whether a touch counts: anything inbound, a call long enough or with an outcome, all else a person sent or held."""
    if direction == "inbound" or kind != "call":
        return True
    return bool(outcome) or duration_seconds >= SHORTEST_CALL_SECONDS

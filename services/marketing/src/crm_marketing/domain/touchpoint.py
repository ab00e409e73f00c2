"""Touchpoints: moments in which a person met us, and which of them earn credit (domain rule 6.2)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import scope_index
from crm_marketing.domain.campaign_member import Status
from crm_marketing.domain.person import Person
from crm_marketing.domain.record import Record

UNCOUNTED = frozenset({"send", "open"})
"""Recorded, not credited: a send is ours, and privacy proxies open mail that nobody reads."""
KINDS = (
    "submission",
    "repeat_submission",
    "form",
    "click",
    "visit",
    "event_attendance",
    "inbound_call",
    "chat",
    "meeting",
    "reply",
    "send",
    "open",
    "other",
)


class Touchpoint(Record):
    """One moment in which a person met us; written once, never changed but for who the person turns out to be."""

    __tablename__ = "touchpoint"

    occur_time: Mapped[datetime] = mapped_column(default=None)
    lead_id: Mapped[UUID | None] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    anonymous_id: Mapped[str] = mapped_column(default="")
    campaign_id: Mapped[UUID | None] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(default="")
    medium: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    content: Mapped[str] = mapped_column(default="")
    term: Mapped[str] = mapped_column(default="")
    counted: Mapped[bool] = mapped_column(default=True)
    origin_event_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (
        scope_index("touchpoint"),
        Index("ix_touchpoint_occur_time", text("occur_time DESC"), text("id DESC")),
        Index("ix_touchpoint_campaign", "campaign_id", text("occur_time DESC"), text("id DESC")),
        Index("ix_touchpoint_lead_id", "lead_id"),
        Index("ix_touchpoint_contact_id", "contact_id"),
        Index("ix_touchpoint_customer_id", "customer_id"),
        Index("ix_touchpoint_anonymous_id", "anonymous_id", postgresql_where=text("anonymous_id <> ''")),
        Index(
            "uq_touchpoint_origin_event_id",
            "origin_event_id",
            unique=True,
            postgresql_where=text("origin_event_id IS NOT NULL"),
        ),
    )

    @property
    def person(self) -> Person:
        return Person(self.lead_id, self.contact_id, self.customer_id, self.anonymous_id)

    @property
    def implies(self) -> Status | None:
        """How far the touch shows the person to be in its campaign; None when it shows nothing."""
        if self.kind == "send":
            return Status.SENT
        return Status.RESPONDED if counts(self.kind) else None


def counts(kind: str) -> bool:
    """Whether touches of a kind earn credit."""
    return kind not in UNCOUNTED

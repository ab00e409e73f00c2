"""What happened with customers, as it is kept: a kind and facts without language, once per source (domain rule 3.10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_customers.domain.record import Record

timeline_entry = Table(
    "timeline_entry",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("contact_id", Uuid),
    Column("occur_time", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("is_contact", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("source_event_type", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("record_time", DateTime(timezone=True), nullable=False),
    Index("ix_timeline_entry_customer", "customer_id", text("occur_time DESC"), text("id DESC")),
    Index(
        "ix_timeline_entry_contact_moment",
        "customer_id",
        text("occur_time DESC"),
        postgresql_where=text("is_contact"),
    ),
)
"""Entries may come before their customer does. The id is the source's own, so the same thing is never told twice."""

LONGEST_FACT = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``id``: of the event that told it, or of the touch or follow-up it stands for.

    ``is_contact``: we and the customer were in touch, which moves the customer's latest contact.
    """

    id: UUID
    customer_id: UUID
    occur_time: datetime
    kind: str
    actor: str
    source_event_type: str
    subject_type: str
    subject_id: UUID
    contact_id: UUID | None = None
    channel: str = ""
    direction: str = ""
    is_contact: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)

    def row(self, record_time: datetime) -> dict[str, Any]:
        """The entry as it is stored: without blank facts, long ones cut to what a summary can show."""
        return {
            "id": self.id,
            "customer_id": self.customer_id,
            "contact_id": self.contact_id,
            "occur_time": self.occur_time,
            "kind": self.kind,
            "channel": self.channel,
            "direction": self.direction,
            "is_contact": self.is_contact,
            "actor": self.actor,
            "facts": {name: value[:LONGEST_FACT] for name, value in self.facts.items() if value},
            "source_event_type": self.source_event_type,
            "subject_type": self.subject_type,
            "subject_id": self.subject_id,
            "record_time": record_time,
        }

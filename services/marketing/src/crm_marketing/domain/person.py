"""Who a person is to marketing: contact before customer before lead before a visitor nobody has named."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Column, Index, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from crm_marketing.domain.record import Record


@dataclass(frozen=True, slots=True)
class Person:
    """The ids under which a person is known."""

    lead_id: UUID | None = None
    contact_id: UUID | None = None
    customer_id: UUID | None = None
    anonymous_id: str = ""

    @property
    def key(self) -> str:
        """The one name of the person here, for example ``contact:0198…``; empty when there is none.

        A visitor's id counts only until somebody is known by name.
        """
        for kind, value in (("contact", self.contact_id), ("customer", self.customer_id), ("lead", self.lead_id)):
            if value is not None:
                return f"{kind}:{value}"
        return f"anonymous:{self.anonymous_id}" if self.anonymous_id else ""

    @property
    def is_named(self) -> bool:
        return bool(self.key) and not self.key.startswith("anonymous:")


merged_lead = Table(
    "merged_lead",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("lead_merge_id", Uuid, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("touchpoint_ids", ARRAY(Uuid), nullable=False),
    # Id → status of the membership when it moved.
    Column("members", JSONB, nullable=False),
    Index("uq_merged_lead_lead_merge_id_lead_id", "lead_merge_id", "lead_id", unique=True),
    Index("ix_merged_lead_lead_id", "lead_id"),
)
"""What followed a merged lead to its survivor, so that it finds back."""

known_conversion = Table(
    "known_conversion",
    Record.metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("contact_id", Uuid),
)
"""What each converted lead became, so that what is said of the lead later is said of the contact."""

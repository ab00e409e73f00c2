"""What other services told us about the leads and deals of campaigns; one row each, replaced by what is newer."""

from sqlalchemy import Boolean, Column, Index, Numeric, Table, Text, Uuid

from crm_marketing.domain.record import Record

campaign_lead = Table(
    "campaign_lead",
    Record.metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("campaign_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("valid", Boolean, nullable=False),
    Index("ix_campaign_lead_campaign", "campaign_id", "valid"),
)
"""Leads that name a campaign."""

campaign_opportunity = Table(
    "campaign_opportunity",
    Record.metadata,
    Column("opportunity_id", Uuid, primary_key=True),
    Column("campaign_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("amount", Numeric(20, 6)),
    Column("currency", Text, nullable=False),
    Index("ix_campaign_opportunity_campaign", "campaign_id", "state"),
)
"""Deals that name a campaign; what a won one is worth counts as revenue while it is won."""

INVALID_LEAD_STATES = frozenset({"REJECTED", "DISQUALIFIED", "OVERWRITTEN", "MERGED", "DUPLICATE_CLOSED"})
"""A lead in any other state counts as valid (有效线索)."""

"""Facts about opportunities: how each stands, every way it ever stood, and the sums of the open ones."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from crm_kit.entity import Path
from crm_reporting.domain.record import Record, fact

Amount = Numeric(20, 6)


def _standing() -> list[Column[Any]]:
    """What of a deal the pipeline and its bridge depend on."""
    return [
        Column("state", Text, nullable=False),
        Column("pipeline_id", Uuid),
        Column("stage", Text, nullable=False),
        Column("amount", Amount),
        Column("currency", Text, nullable=False),
        Column("weighted", Amount),
        Column("expected_close_date", Date),
    ]


STANDING = (*(column.name for column in _standing()), "owner_id", "unit_path")

opportunity_fact = fact(
    "opportunity_fact",
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    *_standing(),
    Column("probability", Integer, nullable=False),
    Column("forecast_category", Text, nullable=False),
    Column("close_date", Date),
    Column("last_open_stage", Text, nullable=False),
    Column("loss_reason", Text, nullable=False),
    Column("competitor_id", Uuid),
    Column("source", Text, nullable=False),
    Column("campaign_id", Uuid),
    Column("customer_id", Uuid),
    Column("lead_id", Uuid),
    Column("reopen_count", Integer, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    # Since when it stands as it does: the start of its latest version.
    Column("stand_time", DateTime(timezone=True), nullable=False),
    Index("ix_opportunity_fact_close", "close_date", postgresql_where=text("close_date IS NOT NULL")),
    Index("ix_opportunity_fact_campaign", "campaign_id", postgresql_where=text("campaign_id IS NOT NULL")),
    Index("ix_opportunity_fact_scope", "unit_path", "close_date"),
)

opportunity_version = fact(
    "opportunity_version",
    Column("opportunity_id", Uuid, nullable=False),
    *_standing(),
    # Whether the deal began with it.
    Column("first", Boolean, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    # When the next version took over, and which; absent for the present one.
    Column("valid_to", DateTime(timezone=True)),
    Column("next_seq", BigInteger),
    PrimaryKeyConstraint("opportunity_id", "event_seq"),
    Index("ix_opportunity_version_from", "valid_from"),
    Index("ix_opportunity_version_to", "valid_to"),
    Index("ix_opportunity_version_present", "opportunity_id", unique=True, postgresql_where=text("valid_to IS NULL")),
)
"""Append-only history, one row per way a deal stood: answers any "as of" and every bridge between two instants."""

pipeline_rollup = Table(
    "pipeline_rollup",
    Record.metadata,
    Column("pipeline_id", Uuid),
    Column("stage", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("owner_id", Uuid),
    Column("unit_path", Path, nullable=False),
    Column("deal_count", BigInteger, nullable=False),
    Column("amount", Numeric(24, 6), nullable=False),
    Column("weighted", Numeric(24, 6), nullable=False),
    UniqueConstraint("unit_path", "owner_id", "pipeline_id", "stage", "currency", postgresql_nulls_not_distinct=True),
)
"""Sums of the open deals, kept up by every event: reading the pipeline costs the same at any number of deals."""

stage_dim = Table(
    "stage_dim",
    Record.metadata,
    Column("pipeline_id", Uuid, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("event_seq", BigInteger, nullable=False),
    Column("pipeline_name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("probability", Integer, nullable=False),
)
"""Names and order of the stages; one that left its pipeline keeps its name for old deals."""

"""The stays of a deal in its stages: the first at creation, one more for every move (domain rule 4.2)."""

from sqlalchemy import Column, Date, DateTime, Index, Integer, Numeric, Table, Text, Uuid, text

from crm_sales.domain.record import Record

stage_stay = Table(
    "stage_stay",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("opportunity_id", Uuid, nullable=False),
    Column("from_pipeline_id", Uuid),
    Column("from_stage", Text, nullable=False, server_default=""),
    Column("pipeline_id", Uuid, nullable=False),
    Column("stage", Text, nullable=False),
    Column("enter_time", DateTime(timezone=True), nullable=False),
    Column("leave_time", DateTime(timezone=True)),
    Column("amount", Numeric(20, 6)),
    Column("amount_currency", Text, nullable=False, server_default=""),
    Column("probability", Integer, nullable=False),
    Column("expected_close_date", Date),
    Column("actor_id", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_stage_stay_opportunity", "opportunity_id", "id"),
    Index("uq_stage_stay_present", "opportunity_id", unique=True, postgresql_where=text("leave_time IS NULL")),
)
"""A deal is in one stage at a time: at most one stay without an end."""

"""Facts about leads: where each is now, and when it first reached each stage of its life."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Text, Uuid

from crm_reporting.domain.record import fact

lead_fact = fact(
    "lead_fact",
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("state_reason", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("campaign_id", Uuid),
    Column("grade", Text, nullable=False),
    Column("score", Integer, nullable=False),
    # Whether it is a submission of a customer we had, kept closed: asked for, but not a new lead.
    Column("attached", Boolean, nullable=False),
    Column("capture_time", DateTime(timezone=True), nullable=False),
    # First times; they never move once reached, whoever has the lead now.
    Column("assign_time", DateTime(timezone=True)),
    Column("touch_time", DateTime(timezone=True)),
    Column("qualify_time", DateTime(timezone=True)),
    Column("convert_time", DateTime(timezone=True)),
    Column("customer_id", Uuid),
    Column("opportunity_id", Uuid),
    Index("ix_lead_fact_capture", "capture_time"),
    Index("ix_lead_fact_scope", "unit_path", "capture_time"),
)
FIRST_TIMES = ("assign_time", "touch_time", "qualify_time", "convert_time")

"""Every cost ever recorded, by the reference it came with: a repeat finds the first."""

from sqlalchemy import Column, Date, DateTime, Index, Numeric, Table, Text, UniqueConstraint, Uuid

from crm_kit.errors import FailedPrecondition
from crm_marketing.domain.record import Record

campaign_cost = Table(
    "campaign_cost",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("campaign_id", Uuid, nullable=False),
    Column("category", Text, nullable=False),
    Column("amount", Numeric(20, 6), nullable=False),
    Column("currency", Text, nullable=False),
    Column("external_reference", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("over_commit_reason", Text, nullable=False),
    Column("cost_date", Date, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    UniqueConstraint("campaign_id", "external_reference"),
    Index("ix_campaign_cost_campaign", "campaign_id", "id"),
)


class CostReferenceReused(FailedPrecondition):
    """The reference names another cost. Facts: reference, category, amount."""

    en = "{reference} was recorded before as {amount} on {category}. Use another reference, or record the difference."
    zh = "{reference} 已记录为 {category} 的 {amount}，请使用其他编号，或另行记录差额。"

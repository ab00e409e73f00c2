"""Which tasks followed a merged lead to its survivor, so that they find back."""

from sqlalchemy import Column, Index, Table, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from crm_sales.domain.record import Record

merged_lead = Table(
    "merged_lead",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("lead_merge_id", Uuid, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("task_ids", ARRAY(Uuid), nullable=False),
    Index("uq_merged_lead_lead_merge_id_lead_id", "lead_merge_id", "lead_id", unique=True),
)

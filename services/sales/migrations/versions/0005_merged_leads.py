"""Which tasks followed merged leads to their survivors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_sales_0005"
down_revision = "crm_sales_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merged_lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_merge_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("task_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_lead")),
    )
    op.create_index("uq_merged_lead_lead_merge_id_lead_id", "merged_lead", ["lead_merge_id", "lead_id"], unique=True)

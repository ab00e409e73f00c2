"""The index in which follow-ups are listed across customers, latest first."""

import sqlalchemy as sa
from alembic import op

revision = "crm_customers_0006"
down_revision = "crm_customers_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_follow_up_latest",
        "follow_up",
        [sa.literal_column("occur_time DESC"), sa.literal_column("id DESC")],
        postgresql_include=["unit_path", "owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )

"""The index in which pages of wide scopes are looked for, newest first."""

import sqlalchemy as sa
from alembic import op

revision = "crm_sales_0002"
down_revision = "crm_sales_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("opportunity", "quote", "contract"):
        op.create_index(
            f"ix_{table}_newest",
            table,
            [sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
            postgresql_include=["unit_path", "owner_id"],
            postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
        )

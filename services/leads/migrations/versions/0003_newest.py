"""The index in which pages of wide scopes are looked for, newest first, in place of one that knew no scopes."""

import sqlalchemy as sa
from alembic import op

revision = "crm_leads_0003"
down_revision = "crm_leads_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("lead",):
        op.create_index(
            f"ix_{table}_newest",
            table,
            [sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
            postgresql_include=["unit_path", "owner_id"],
            postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
        )
        op.drop_index(f"ix_{table}_create_time", table)

"""What people are told of, and what they do not want to be told of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_identity_0009"
down_revision = "crm_identity_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    newest = [sa.text("create_time DESC"), sa.text("id DESC")]
    op.create_index("uq_notification_cause", "notification", ["owner_id", "cause"], unique=True)
    op.create_index("ix_notification_owner", "notification", ["owner_id", *newest])
    op.create_index(
        "ix_notification_unread", "notification", ["owner_id"], postgresql_where=sa.text("read_time IS NULL")
    )
    op.create_index("ix_notification_create_time", "notification", ["create_time"])
    op.add_column(
        "preferences",
        sa.Column("muted_notifications", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )

"""Erasures a service has carried out, and whose keys were destroyed just now."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "kit_0008"
down_revision = "kit_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("subjects", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_erasure")),
    )
    op.create_index(
        "ix_subject_key_destroyed_at",
        "subject_key",
        ["destroyed_at"],
        postgresql_where=sa.text("destroyed_at IS NOT NULL"),
    )

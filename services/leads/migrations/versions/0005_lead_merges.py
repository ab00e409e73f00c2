"""Merges of leads by hand, what they replaced and what followed them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_leads_0005"
down_revision = "crm_leads_0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "lead_merge",
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=False),
        sa.Column("moved", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("waiting_for", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("undo_until_time", INSTANT, nullable=False),
        sa.Column("unmerge_time", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("update_time", INSTANT, nullable=False),
        sa.Column("delete_time", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_merge")),
    )
    op.create_index(
        "ix_lead_merge_scope",
        "lead_merge",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_lead_merge_survivor", "lead_merge", ["survivor_id", sa.literal_column("id DESC")])
    op.create_table(
        "lead_merge_image",
        sa.Column("lead_merge_id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)
            for name in ("before", "after", "states")
        ),
        sa.PrimaryKeyConstraint("lead_merge_id", name=op.f("pk_lead_merge_image")),
    )
    op.create_index("ix_lead_merge_image_survivor", "lead_merge_image", ["survivor_id"])
    op.create_table(
        "lead_merge_child",
        sa.Column("lead_merge_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lead_merge_id", "kind", "key", name=op.f("pk_lead_merge_child")),
    )
    # Tombstones and receipts are found by the lead they name.
    op.create_index(
        "ix_lead_merged_into_id", "lead", ["merged_into_id"], postgresql_where=sa.text("merged_into_id IS NOT NULL")
    )
    record_facts("lead_merge")
    secure_rows("lead_merge")

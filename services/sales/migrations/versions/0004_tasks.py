"""What people have to do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_sales_0004"
down_revision = "crm_sales_0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NEWEST = [sa.literal_column("create_time DESC"), sa.literal_column("id DESC")]
LIVE = sa.text("delete_time IS NULL AND pending_operation_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_time", INSTANT, nullable=True),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("original_due_time", INSTANT, nullable=True),
        sa.Column("remind_time", INSTANT, nullable=True),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("repeat_every", sa.Integer(), nullable=False),
        sa.Column("repeat_unit", sa.Text(), nullable=False),
        sa.Column("repeat_from_time", INSTANT, nullable=True),
        sa.Column("next_task_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("complete_time", INSTANT, nullable=True),
        sa.Column("completed_late", sa.Boolean(), nullable=False),
        sa.Column("creator_id", sa.Uuid(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("search_grams", postgresql.ARRAY(sa.Text()), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(
        "ix_task_scope", "task", ["unit_path", *NEWEST], postgresql_include=["owner_id"], postgresql_where=LIVE
    )
    op.create_index(
        "ix_task_newest", "task", NEWEST, postgresql_include=["unit_path", "owner_id"], postgresql_where=LIVE
    )
    op.create_index("ix_task_search_grams", "task", ["search_grams"], postgresql_using="gin")
    op.create_index(
        "ix_task_search_text",
        "task",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_task_owner_due",
        "task",
        ["owner_id", "due_time"],
        postgresql_where=sa.text("state IN ('OPEN', 'DOING')"),
    )
    op.create_index("ix_task_unit_due", "task", ["unit_path", "due_time"])
    op.create_index("ix_task_record", "task", ["record_id"])
    op.create_index("ix_task_customer_id", "task", ["customer_id"])
    record_facts("task")
    secure_rows("task")

"""Bulk changes and what became of each of their records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "kit_0009"
down_revision = "kit_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    zero, blank = sa.text("0"), sa.text("''")
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("filter", sa.Text(), server_default=blank, nullable=False),
        sa.Column("search", sa.Text(), server_default=blank, nullable=False),
        sa.Column("all_matching", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("record_count", sa.Integer(), server_default=zero, nullable=False),
        sa.Column("changed_count", sa.Integer(), server_default=zero, nullable=False),
        sa.Column("unchanged_count", sa.Integer(), server_default=zero, nullable=False),
        sa.Column("refused_count", sa.Integer(), server_default=zero, nullable=False),
        sa.Column("has_undo", sa.Boolean(), nullable=False),
        sa.Column("undo_expire_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_of_id", sa.Uuid(), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.Column("creator_id", sa.Text(), nullable=False),
        sa.Column("principal", sa.LargeBinary(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("has_values", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("error", sa.Text(), server_default=blank, nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_change")),
    )
    op.create_index("ix_bulk_change_creator_id", "bulk_change", ["creator_id", sa.text("id DESC")])
    op.create_index(
        "ix_bulk_change_open",
        "bulk_change",
        ["creator_id", "id"],
        postgresql_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
    )
    op.create_index("ix_bulk_change_has_values", "bulk_change", ["end_time"], postgresql_where=sa.text("has_values"))
    op.create_index("ix_bulk_change_create_time", "bulk_change", ["create_time"])
    op.create_table(
        "bulk_change_result",
        sa.Column("bulk_change_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="WAITING", nullable=False),
        sa.Column("etag_before", sa.Text(), nullable=True),
        sa.Column("etag_after", sa.Text(), server_default=blank, nullable=False),
        sa.Column("former", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("wanted", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), server_default=blank, nullable=False),
        sa.Column("en", sa.Text(), server_default=blank, nullable=False),
        sa.Column("zh", sa.Text(), server_default=blank, nullable=False),
        sa.Column("field", sa.Text(), server_default=blank, nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_change_id"],
            ["bulk_change.id"],
            name=op.f("fk_bulk_change_result_bulk_change_id_bulk_change"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bulk_change_id", "position", name=op.f("pk_bulk_change_result")),
    )
    op.create_index(
        "uq_bulk_change_result_record_id", "bulk_change_result", ["record_id", "bulk_change_id"], unique=True
    )
    op.create_index(
        "ix_bulk_change_result_waiting",
        "bulk_change_result",
        ["bulk_change_id", "position"],
        postgresql_where=sa.text("state = 'WAITING'"),
    )

"""Reports of people's own making, and dashboards of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts

revision = "crm_reporting_0002"
down_revision = "crm_reporting_0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
ALIVE = "delete_time IS NULL"


def upgrade() -> None:
    op.create_table(
        "report_definition",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("rows", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("measures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("order_by", sa.Text(), nullable=False),
        sa.Column("row_limit", sa.Integer(), nullable=False),
        sa.Column("chart", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", JSON, nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("update_time", INSTANT, nullable=False),
        sa.Column("delete_time", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_definition")),
    )
    op.create_index("ix_report_definition_owner_id", "report_definition", ["owner_id"], postgresql_where=sa.text(ALIVE))
    op.create_index(
        "ix_report_definition_shared",
        "report_definition",
        ["audience", "unit_path"],
        postgresql_where=sa.text(f"audience <> 'PRIVATE' AND {ALIVE}"),
    )
    op.create_table(
        "dashboard",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tiles", JSON, nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", JSON, nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("update_time", INSTANT, nullable=False),
        sa.Column("delete_time", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dashboard")),
    )
    op.create_index("ix_dashboard_owner_id", "dashboard", ["owner_id"], postgresql_where=sa.text(ALIVE))
    op.create_index(
        "ix_dashboard_shared",
        "dashboard",
        ["audience", "unit_path"],
        postgresql_where=sa.text(f"audience <> 'PRIVATE' AND {ALIVE}"),
    )
    record_facts("report_definition", "dashboard")

"""Models of territories and their territories."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts

revision = "crm_identity_0006"
down_revision = "crm_identity_0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
IDS = postgresql.ARRAY(sa.Uuid())
ALIVE = sa.text("delete_time IS NULL")


def upgrade() -> None:
    _entity(
        "territory_model",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("effective_time", INSTANT, nullable=True),
        sa.Column("source_model_id", sa.Uuid(), nullable=True),
        sa.Column("activate_time", INSTANT, nullable=True),
        sa.Column("archive_time", INSTANT, nullable=True),
    )
    op.create_index(
        "uq_territory_model_name",
        "territory_model",
        [sa.literal_column("lower(name)")],
        unique=True,
        postgresql_where=ALIVE,
    )
    op.create_index(
        "uq_territory_model_state",
        "territory_model",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'ACTIVE' AND delete_time IS NULL"),
    )
    _entity(
        "territory",
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("ancestor_ids", IDS, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("inherit", sa.Boolean(), nullable=False),
        sa.Column("writer_ids", IDS, nullable=False),
        sa.Column("reader_ids", IDS, nullable=False),
    )
    op.create_index(
        "uq_territory_model_id_code", "territory", ["model_id", "code"], unique=True, postgresql_where=ALIVE
    )
    for column in ("ancestor_ids", "writer_ids", "reader_ids"):
        op.create_index(f"ix_territory_{column}", "territory", [column], postgresql_using="gin")
    record_facts("territory_model", "territory")


def _entity(table: str, *columns: sa.Column) -> None:
    """A table with what every entity has."""
    op.create_table(
        table,
        *columns,
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
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )

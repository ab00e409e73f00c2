"""Where customers lie, what is known of territories, and what their rules mean for all customers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts

revision = "crm_customers_0004"
down_revision = "crm_customers_0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
IDS = postgresql.ARRAY(sa.Uuid())


def upgrade() -> None:
    # Processes of the former release, which know nothing of the columns, go on writing meanwhile.
    op.add_column("customer", sa.Column("territory_ids", IDS, nullable=False, server_default="{}"))
    texts = postgresql.ARRAY(sa.Text())
    op.add_column("customer", sa.Column("assigned_territory_codes", texts, nullable=False, server_default="{}"))
    op.add_column("customer", sa.Column("territory_excluded", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_customer_territory_ids", "customer", ["territory_ids"], postgresql_using="gin")
    _known_territories()
    op.create_table(
        "territory_alignment",
        sa.Column("territory_model_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("customer_count", sa.Integer(), nullable=False),
        sa.Column("parts", _json(), nullable=False),
        sa.Column("sample", _json(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.Column("after_customer_id", sa.Uuid(), nullable=True),
        sa.Column("end_time", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", _json(), nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("update_time", INSTANT, nullable=False),
        sa.Column("delete_time", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory_alignment")),
    )
    op.create_index(
        "ix_territory_alignment_create_time",
        "territory_alignment",
        [sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_territory_alignment_queued",
        "territory_alignment",
        ["kind"],
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    record_facts("territory_alignment")


def _known_territories() -> None:
    op.create_table(
        "known_territory_model",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_territory_model")),
    )
    op.create_table(
        "known_territory",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("ancestor_ids", IDS, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("inherit", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_territory")),
    )
    op.create_index("ix_known_territory_model_id", "known_territory", ["model_id"])


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())

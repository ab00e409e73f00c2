"""Roles, positions, teams, delegations, modules, preferences, and the epoch of all rights."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_identity_0002"
down_revision = "crm_identity_0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = postgresql.ARRAY(sa.Text())
ALIVE = sa.text("delete_time IS NULL")


def upgrade() -> None:
    epoch = op.create_table(
        "access_epoch",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_access_epoch")),
    )
    op.bulk_insert(epoch, [{"one": True, "epoch": 1}])
    _entity(
        "role",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.Column("grants", _json(), nullable=False),
        sa.Column("field_rules", _json(), nullable=False),
        sa.Column("shipped", sa.Text(), nullable=False),
    )
    op.create_index("uq_role_code", "role", ["code"], unique=True, postgresql_where=ALIVE)
    _entity(
        "position",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("roles", TEXTS, nullable=False),
        sa.Column("start_time", INSTANT, nullable=True),
        sa.Column("end_time", INSTANT, nullable=True),
    )
    op.create_index("ix_position_user_id", "position", ["user_id"])
    op.create_index("ix_position_unit_path", "position", ["unit_path", "id"])
    _entity(
        "team",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("member_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
    )
    op.create_index("uq_team_name", "team", [sa.literal_column("lower(name)")], unique=True, postgresql_where=ALIVE)
    op.create_index("ix_team_member_ids", "team", ["member_ids"], postgresql_using="gin")
    op.create_index("ix_team_unit_path", "team", ["unit_path", "id"])
    _entity(
        "delegation",
        sa.Column("delegator_id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("permissions", TEXTS, nullable=False),
        sa.Column("start_time", INSTANT, nullable=True),
        sa.Column("end_time", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_delegation_delegate_id", "delegation", ["delegate_id"])
    op.create_index("ix_delegation_delegator_id", "delegation", ["delegator_id"])
    op.create_index("ix_delegation_unit_path", "delegation", ["unit_path", "id"])
    _entity(
        "module",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
    )
    op.create_index("uq_module_code", "module", ["code"], unique=True)
    _entity(
        "preferences",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("date_format", sa.Text(), nullable=True),
        sa.Column("time_format", sa.Text(), nullable=True),
        sa.Column("number_format", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("first_weekday", sa.Integer(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("font_scale", sa.Integer(), nullable=True),
        sa.Column("density", sa.Text(), nullable=True),
        sa.Column("start_page", sa.Text(), nullable=True),
        sa.Column("console", _json(), nullable=False),
    )
    op.create_index("uq_preferences_holder", "preferences", ["holder"], unique=True)
    record_facts("role", "position", "team", "delegation", "module", "preferences")
    secure_rows("position", "team", "delegation", "preferences")


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
        sa.Column("custom_fields", _json(), nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("update_time", INSTANT, nullable=False),
        sa.Column("delete_time", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())

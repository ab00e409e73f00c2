"""Sign-in: sessions, throttle, providers and what they vouch for, API keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_identity_0003"
down_revision = "crm_identity_0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("last_used_time", INSTANT, nullable=False),
        sa.Column("expire_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_session_token_digest")),
    )
    op.create_index("ix_session_user_id", "session", ["user_id", "id"])
    op.create_index("ix_session_expire_time", "session", ["expire_time"])
    op.create_table(
        "sign_in_throttle",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("last_time", INSTANT, nullable=False),
        sa.Column("open_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_throttle")),
    )
    op.create_index("ix_sign_in_throttle_last_time", "sign_in_throttle", ["last_time"])
    op.create_table(
        "sign_in_attempt",
        sa.Column("state_digest", sa.LargeBinary(), nullable=False),
        sa.Column("browser_digest", sa.LargeBinary(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("return_to", sa.Text(), nullable=False),
        sa.Column("expire_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state_digest", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_expire_time", "sign_in_attempt", ["expire_time"])
    op.create_table(
        "identity_provider",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("group_claim", sa.Text(), nullable=False),
        sa.Column("group_roles", _json(), nullable=False),
        sa.Column("provision", sa.Boolean(), nullable=False),
        sa.Column("default_unit_id", sa.Uuid(), nullable=True),
        sa.Column("default_roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        *_common(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_provider")),
    )
    op.create_index(
        "uq_identity_provider_code",
        "identity_provider",
        ["code"],
        unique=True,
        postgresql_where=sa.text("delete_time IS NULL"),
    )
    op.create_table(
        "identity_link",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identity_link")),
    )
    op.create_index("ix_identity_link_user_id", "identity_link", ["user_id"])
    op.create_table(
        "api_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("grants", _json(), nullable=False),
        sa.Column("allowed_networks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rate_class", sa.Text(), nullable=False),
        sa.Column("expire_time", INSTANT, nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("secret_mark", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret_mark", sa.LargeBinary(), nullable=True),
        sa.Column("former_secret_expire_time", INSTANT, nullable=True),
        sa.Column("revoke_time", INSTANT, nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=False),
        *_common(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
    )
    op.create_index("uq_api_key_kid", "api_key", ["kid"], unique=True)
    op.create_index("ix_api_key_user_id", "api_key", ["user_id"])
    op.create_index(
        "ix_api_key_scope",
        "api_key",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_table(
        "api_key_use",
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("last_used_time", INSTANT, nullable=False),
        sa.Column("last_used_address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("api_key_id", name=op.f("pk_api_key_use")),
    )
    record_facts("identity_provider", secret=("client_secret_sealed",))
    record_facts("api_key", secret=("secret_mark", "former_secret_mark"))
    secure_rows("api_key")


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _common() -> list[sa.Column]:
    """What every entity has."""
    return [
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
    ]

"""Forms on the web, what they count, and who agreed to what on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_leads_0004"
down_revision = "crm_leads_0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = [f"{what}_{language}" for what in ("title", "intro", "thanks", "consent") for language in ("en", "zh")]


def upgrade() -> None:
    op.create_table(
        "web_form",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        sa.Column("fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target_unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("allowed_origins", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("default_language", sa.Text(), nullable=False),
        sa.Column("publish_time", INSTANT, nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_form")),
    )
    op.create_index(
        "ix_web_form_scope",
        "web_form",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("uq_web_form_key", "web_form", ["key"], unique=True)
    op.create_table(
        "web_form_count",
        sa.Column("web_form_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("shown", "submitted", "refused")),
        sa.PrimaryKeyConstraint("web_form_id", name=op.f("pk_web_form_count")),
    )
    op.create_table(
        "web_form_submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("web_form_id", sa.Uuid(), nullable=False),
        sa.Column("web_form_name", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("referrer", sa.Text(), nullable=False),
        *(
            sa.Column(f"utm_{name}", sa.Text(), nullable=False)
            for name in ("source", "medium", "campaign", "content", "term")
        ),
        sa.Column("submit_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_form_submission")),
    )
    op.create_index("ix_web_form_submission_lead_id", "web_form_submission", ["lead_id", sa.literal_column("id DESC")])
    record_facts("web_form")
    secure_rows("web_form")

"""The tables of the marketing service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_marketing_0001"
down_revision = None
branch_labels = ("crm_marketing",)
depends_on = "kit_0003"


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("goals", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("budget_lines", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("budget", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("committed_cost", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("actual_cost", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("search_grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index(
        "ix_campaign_parent_id",
        "campaign",
        ["parent_id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_campaign_scope",
        "campaign",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_campaign_search_grams", "campaign", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_campaign_search_text",
        "campaign",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index("uq_campaign_unit_path_number", "campaign", ["unit_path", "number"], unique=True)
    op.create_table(
        "campaign_cost",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("over_commit_reason", sa.Text(), nullable=False),
        sa.Column("cost_date", sa.Date(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_cost")),
        sa.UniqueConstraint(
            "campaign_id", "external_reference", name=op.f("uq_campaign_cost_campaign_id_external_reference")
        ),
    )
    op.create_index("ix_campaign_cost_campaign", "campaign_cost", ["campaign_id", "id"], unique=False)
    op.create_table(
        "campaign_lead",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_campaign_lead")),
    )
    op.create_index("ix_campaign_lead_campaign", "campaign_lead", ["campaign_id", "valid"], unique=False)
    op.create_table(
        "campaign_member",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("person_key", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("responded", sa.Boolean(), nullable=False),
        sa.Column("first_responded_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_member")),
    )
    op.create_index("ix_campaign_member_lead_id", "campaign_member", ["lead_id"], unique=False)
    op.create_index("ix_campaign_member_person_key", "campaign_member", ["person_key"], unique=False)
    op.create_index(
        "ix_campaign_member_scope",
        "campaign_member",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index(
        "uq_campaign_member_campaign_id_person_key",
        "campaign_member",
        ["campaign_id", "person_key"],
        unique=True,
        postgresql_where=sa.text("delete_time IS NULL"),
    )
    op.create_table(
        "campaign_opportunity",
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_campaign_opportunity")),
    )
    op.create_index("ix_campaign_opportunity_campaign", "campaign_opportunity", ["campaign_id", "state"], unique=False)
    op.create_table(
        "known_conversion",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_known_conversion")),
    )
    op.create_table(
        "touchpoint",
        sa.Column("occur_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("anonymous_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("origin_event_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint")),
    )
    op.create_index(
        "ix_touchpoint_anonymous_id",
        "touchpoint",
        ["anonymous_id"],
        unique=False,
        postgresql_where=sa.text("anonymous_id <> ''"),
    )
    op.create_index(
        "ix_touchpoint_campaign",
        "touchpoint",
        ["campaign_id", sa.literal_column("occur_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_touchpoint_contact_id", "touchpoint", ["contact_id"], unique=False)
    op.create_index("ix_touchpoint_customer_id", "touchpoint", ["customer_id"], unique=False)
    op.create_index("ix_touchpoint_lead_id", "touchpoint", ["lead_id"], unique=False)
    op.create_index(
        "ix_touchpoint_occur_time",
        "touchpoint",
        [sa.literal_column("occur_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_touchpoint_scope",
        "touchpoint",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index(
        "uq_touchpoint_origin_event_id",
        "touchpoint",
        ["origin_event_id"],
        unique=True,
        postgresql_where=sa.text("origin_event_id IS NOT NULL"),
    )
    record_facts(
        "campaign",
        "campaign_member",
        "touchpoint",
    )
    secure_rows("campaign", "campaign_member", "touchpoint")

"""The tables of the customers service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import keep_sealed, record_facts, secure_rows

revision = "crm_customers_0001"
down_revision = None
branch_labels = ("crm_customers",)
depends_on = "kit_0003"

DIGESTS = ("phone_index", "mobile_index", "email_index", "messenger_index", "search_text", "search_grams")
"""They recognise somebody; once that person is erased, no audit may."""


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("salutation", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("is_shadow", sa.Boolean(), nullable=False),
        sa.Column("reports_to_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_index", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("mobile_index", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_index", sa.Text(), nullable=False),
        sa.Column("messenger", sa.Text(), nullable=False),
        sa.Column("messenger_index", sa.Text(), nullable=False),
        sa.Column("home_address", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("hobbies", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("opt_outs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(
        "ix_contact_create_time",
        "contact",
        [sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_contact_customer",
        "contact",
        ["customer_id", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_contact_owner",
        "contact",
        ["owner_id", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_contact_phone_index",
        "contact",
        ["phone_index"],
        unique=False,
        postgresql_where=sa.text("phone_index <> ''"),
    )
    op.create_index(
        "ix_contact_mobile_index",
        "contact",
        ["mobile_index"],
        unique=False,
        postgresql_where=sa.text("mobile_index <> ''"),
    )
    op.create_index(
        "ix_contact_email_index",
        "contact",
        ["email_index"],
        unique=False,
        postgresql_where=sa.text("email_index <> ''"),
    )
    op.create_index(
        "ix_contact_messenger_index",
        "contact",
        ["messenger_index"],
        unique=False,
        postgresql_where=sa.text("messenger_index <> ''"),
    )
    op.create_index(
        "ix_contact_scope",
        "contact",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_contact_search_grams", "contact", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_contact_search_text",
        "contact",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_contact_main",
        "contact",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("is_main AND delete_time IS NULL"),
    )
    op.create_table(
        "conversion",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("made_customer", sa.Boolean(), nullable=False),
        sa.Column("made_contact", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("customer_fills", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("contact_fills", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_conversion")),
    )
    op.create_index(
        "ix_conversion_open", "conversion", ["customer_id"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "customer",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("mnemonic", sa.Text(collation="C"), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("ancestor_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_rating", sa.Text(), nullable=False),
        sa.Column("credit_rating", sa.Text(), nullable=False),
        sa.Column("relationship_level", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("phase_reason", sa.Text(), nullable=False),
        sa.Column("presale_again", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_index", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_index", sa.Text(), nullable=False),
        sa.Column("fax", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("main_contact_id", sa.Uuid(), nullable=True),
        sa.Column("last_contact_time", sa.DateTime(timezone=True), nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    op.create_index("ix_customer_ancestor_ids", "customer", ["ancestor_ids"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_customer_create_time",
        "customer",
        [sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_customer_owner",
        "customer",
        ["owner_id", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_customer_parent_id",
        "customer",
        ["parent_id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_phase",
        "customer",
        ["unit_path", "phase", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_customer_phone_index",
        "customer",
        ["phone_index"],
        unique=False,
        postgresql_where=sa.text("phone_index <> ''"),
    )
    op.create_index(
        "ix_customer_email_index",
        "customer",
        ["email_index"],
        unique=False,
        postgresql_where=sa.text("email_index <> ''"),
    )
    op.create_index(
        "ix_customer_scope",
        "customer",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_customer_search_grams", "customer", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_customer_search_text",
        "customer",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index("uq_customer_code", "customer", ["code"], unique=True, postgresql_where=sa.text("code <> ''"))
    op.create_index(
        "uq_customer_credit_code",
        "customer",
        ["unit_path", "credit_code", "name_key"],
        unique=True,
        postgresql_where=sa.text("credit_code <> '' AND delete_time IS NULL"),
    )
    op.create_index(
        "uq_customer_mnemonic",
        "customer",
        ["unit_path", "mnemonic"],
        unique=True,
        postgresql_where=sa.text("mnemonic <> '' AND delete_time IS NULL"),
    )
    op.create_table(
        "follow_up",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("occur_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("next_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    op.create_index(
        "ix_follow_up_customer",
        "follow_up",
        ["customer_id", sa.literal_column("occur_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "known_contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_contract")),
    )
    op.create_index("ix_known_contract_customer", "known_contract", ["customer_id"], unique=False)
    op.create_table(
        "known_opportunity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_opportunity")),
    )
    op.create_index(
        "ix_known_opportunity_open",
        "known_opportunity",
        ["customer_id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "timeline_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("occur_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("is_contact", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("record_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_entry")),
    )
    op.create_index(
        "ix_timeline_entry_contact_moment",
        "timeline_entry",
        ["customer_id", sa.literal_column("occur_time DESC")],
        unique=False,
        postgresql_where=sa.text("is_contact"),
    )
    op.create_index(
        "ix_timeline_entry_customer",
        "timeline_entry",
        ["customer_id", sa.literal_column("occur_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    record_facts("customer", "contact", secret=DIGESTS)
    record_facts("follow_up")
    secure_rows("contact", "customer", "follow_up")
    keep_sealed("customer", "phone", "email", "fax")
    keep_sealed("contact", "phone", "mobile", "email", "messenger", "home_address")

"""The tables of the sales service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_sales_0001"
down_revision = None
branch_labels = ("crm_sales",)
depends_on = "kit_0003"


def upgrade() -> None:
    competitors_and_contracts()
    deals_and_pipelines()
    products_and_quotes()
    stays_amendments_and_money()
    record_facts("competitor", "contract", "opportunity", "pipeline", "plan_line", "product", "quote", "receipt")
    secure_rows("contract", "opportunity", "plan_line", "quote", "receipt")


def competitors_and_contracts() -> None:
    op.create_table(
        "competitor",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("strengths", sa.Text(), nullable=False),
        sa.Column("weaknesses", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("price_notes", sa.Text(), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competitor")),
    )
    op.create_index("ix_competitor_search_grams", "competitor", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_competitor_search_text",
        "competitor",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_competitor_name", "competitor", ["name"], unique=True, postgresql_where=sa.text("delete_time IS NULL")
    )
    op.create_table(
        "contract",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("quote_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("original_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("paid_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("payment_method", sa.Text(), nullable=False),
        sa.Column("delivery_date", sa.Date(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("our_sign_date", sa.Date(), nullable=True),
        sa.Column("their_sign_date", sa.Date(), nullable=True),
        sa.Column("effective_date", sa.Date(), nullable=True),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("termination_date", sa.Date(), nullable=True),
        sa.Column("approver_id", sa.Uuid(), nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
    )
    op.create_index("ix_contract_customer_id", "contract", ["customer_id"], unique=False)
    op.create_index("ix_contract_opportunity_id", "contract", ["opportunity_id"], unique=False)
    op.create_index(
        "ix_contract_scope",
        "contract",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_contract_search_grams", "contract", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_contract_search_text",
        "contract",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_contract_quote", "contract", ["quote_id"], unique=True, postgresql_where=sa.text("state <> 'VOIDED'")
    )


def deals_and_pipelines() -> None:
    op.create_table(
        "opportunity",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("discovery_date", sa.Date(), nullable=True),
        sa.Column("information_provider", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.Column("expected_close_date", sa.Date(), nullable=True),
        sa.Column("probability", sa.Integer(), nullable=False),
        sa.Column("probability_locked", sa.Boolean(), nullable=False),
        sa.Column("forecast_category", sa.Text(), nullable=False),
        sa.Column("pipeline_id", sa.Uuid(), nullable=False),
        sa.Column("pipeline_stage_version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_note", sa.Text(), nullable=False),
        sa.Column("stage_enter_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_activity_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rot_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_open_stage", sa.Text(), nullable=False),
        sa.Column("loss_reason", sa.Text(), nullable=False),
        sa.Column("loss_note", sa.Text(), nullable=False),
        sa.Column("competitor_id", sa.Uuid(), nullable=True),
        sa.Column("close_date", sa.Date(), nullable=True),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.Column("close_date_push_count", sa.Integer(), nullable=False),
        sa.Column("close_date_push_days", sa.Integer(), nullable=False),
        sa.Column("amount_change_count", sa.Integer(), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
    )
    op.create_index("ix_opportunity_customer_id", "opportunity", ["customer_id"], unique=False)
    op.create_index("ix_opportunity_lead_id", "opportunity", ["lead_id"], unique=False)
    op.create_index(
        "ix_opportunity_pending",
        "opportunity",
        ["pending_operation_id"],
        unique=False,
        postgresql_where=sa.text("pending_operation_id IS NOT NULL"),
    )
    op.create_index("ix_opportunity_pipeline_stage", "opportunity", ["pipeline_id", "stage", "state"], unique=False)
    op.create_index(
        "ix_opportunity_scope",
        "opportunity",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index(
        "ix_opportunity_search_grams", "opportunity", ["search_grams"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_opportunity_search_text",
        "opportunity",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_opportunity_unit_state_close", "opportunity", ["unit_path", "state", "expected_close_date"], unique=False
    )
    op.create_table(
        "pipeline",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stage_version", sa.Integer(), nullable=False),
        sa.Column("stages", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("win_policy", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline")),
    )
    op.create_index(
        "uq_pipeline_default",
        "pipeline",
        ["is_default"],
        unique=True,
        postgresql_where=sa.text("is_default AND delete_time IS NULL"),
    )
    op.create_table(
        "pipeline_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pipeline_id", sa.Uuid(), nullable=False),
        sa.Column("stage_version", sa.Integer(), nullable=False),
        sa.Column("stages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline_version")),
        sa.UniqueConstraint("pipeline_id", "stage_version", name=op.f("uq_pipeline_version_pipeline_id_stage_version")),
    )


def products_and_quotes() -> None:
    op.create_table(
        "product",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("product_line", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("list_price", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("list_price_currency", sa.Text(), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
    )
    op.create_index("ix_product_search_grams", "product", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_product_search_text",
        "product",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_product_code", "product", ["code"], unique=True, postgresql_where=sa.text("delete_time IS NULL")
    )
    op.create_table(
        "quote",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column("quote_date", sa.Date(), nullable=True),
        sa.Column("valid_until_date", sa.Date(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("superseded_by_id", sa.Uuid(), nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("tax_rounding", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("header_discount_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("header_discount_percent", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("freight", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("freight_tax_rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("net_total", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("discount_total", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("base_total", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("tax_total", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("total", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("taxes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("discount_rate", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("send_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
    )
    op.create_index("ix_quote_customer_id", "quote", ["customer_id"], unique=False)
    op.create_index("ix_quote_opportunity_id", "quote", ["opportunity_id"], unique=False)
    op.create_index(
        "ix_quote_scope",
        "quote",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_quote_search_grams", "quote", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_quote_search_text",
        "quote",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_quote_chain_accepted", "quote", ["chain_id"], unique=True, postgresql_where=sa.text("state = 'ACCEPTED'")
    )
    op.create_index("uq_quote_chain_revision", "quote", ["chain_id", "revision"], unique=True)
    op.create_index(
        "uq_quote_primary",
        "quote",
        ["opportunity_id"],
        unique=True,
        postgresql_where=sa.text('"primary" AND opportunity_id IS NOT NULL'),
    )


def stays_amendments_and_money() -> None:
    op.create_table(
        "stage_stay",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("from_pipeline_id", sa.Uuid(), nullable=True),
        sa.Column("from_stage", sa.Text(), server_default="", nullable=False),
        sa.Column("pipeline_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("enter_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leave_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("amount_currency", sa.Text(), server_default="", nullable=False),
        sa.Column("probability", sa.Integer(), nullable=False),
        sa.Column("expected_close_date", sa.Date(), nullable=True),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_stay")),
    )
    op.create_index("ix_stage_stay_opportunity", "stage_stay", ["opportunity_id", "id"], unique=False)
    op.create_index(
        "uq_stage_stay_present",
        "stage_stay",
        ["opportunity_id"],
        unique=True,
        postgresql_where=sa.text("leave_time IS NULL"),
    )
    op.create_table(
        "contract_amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value_change", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sign_date", sa.Date(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_amendment_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_amendment")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_contract_amendment_contract_id_number")),
    )
    op.create_table(
        "plan_line",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("planned_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("offset_days", sa.Integer(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("paid_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("written_off_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pay_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
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
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_plan_line_contract_id_contract")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_line")),
        sa.UniqueConstraint(
            "contract_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_plan_line_contract_id_position"),
        ),
    )
    op.create_index("ix_plan_line_customer_id", "plan_line", ["customer_id"], unique=False)
    op.create_index(
        "ix_plan_line_scope",
        "plan_line",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_plan_line_state_due", "plan_line", ["state", "due_date"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.Column("exchange_rate", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("settled_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("receive_date", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("applications", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("advance_amount", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("confirm_time", sa.DateTime(timezone=True), nullable=True),
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
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_receipt_contract_id_contract")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_contract_id", "receipt", ["contract_id"], unique=False)
    op.create_index("ix_receipt_customer_id", "receipt", ["customer_id"], unique=False)
    op.create_index(
        "ix_receipt_scope",
        "receipt",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_receipt_search_grams", "receipt", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_receipt_search_text",
        "receipt",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_receipt_twin",
        "receipt",
        ["unit_path", "payer", "amount", "amount_currency", "receive_date", "reference"],
        unique=True,
        postgresql_where=sa.text("state IN ('RECORDED', 'CONFIRMED')"),
    )

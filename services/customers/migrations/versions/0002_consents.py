"""The consent ledger: entries are added and never changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_customers_0002"
down_revision = "crm_customers_0001"
branch_labels = None
depends_on = None

SAID = (
    "contact_id, customer_id, purpose, channel, decision, basis, text_version, proof, occur_time, source, recorder_id"
)
"""What an entry says; where it belongs may follow the organisation."""


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("occur_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorder_id", sa.Uuid(), nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(
        "ix_consent_contact",
        "consent",
        ["contact_id", sa.literal_column("occur_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_consent_current",
        "consent",
        ["contact_id", "purpose", "channel", sa.literal_column("occur_time DESC")],
        unique=False,
    )
    record_facts("consent")
    secure_rows("consent")
    op.execute("""
        CREATE FUNCTION crm_consent_stands() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'entries of the consent ledger are added, never changed' USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute(f"""
        CREATE TRIGGER consent_stands BEFORE DELETE OR UPDATE OF {SAID} ON consent
        FOR EACH ROW EXECUTE FUNCTION crm_consent_stands()
    """)

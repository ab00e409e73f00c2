"""Requests of persons about their data, legal holds, and the one change a consent may see: its proof goes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "crm_customers_0005"
down_revision = "crm_customers_0004"
branch_labels = None
depends_on = "kit_0008"

SAID = ("contact_id", "customer_id", "purpose", "channel", "decision", "basis", "text_version", "occur_time", "source")
"""What an entry says, without how it is proved."""


def upgrade() -> None:
    op.create_table(
        "subject_request",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subjects", _json(), nullable=False),
        sa.Column("matches", _json(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("identity_check", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("receive_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("findings", _json(), nullable=False),
        sa.Column("record_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("export_expire_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        *_of_every_record(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
    )
    op.create_index(
        "uq_subject_request_number",
        "subject_request",
        ["number"],
        unique=True,
        postgresql_where=sa.text("number <> ''"),
    )
    op.create_index(
        "ix_subject_request_done",
        "subject_request",
        ["end_time"],
        postgresql_where=sa.text("kind = 'ERASURE' AND state = 'DONE'"),
    )
    op.create_index(
        "ix_subject_request_running", "subject_request", ["id"], postgresql_where=sa.text("state = 'RUNNING'")
    )
    op.create_table(
        "legal_hold",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=False),
        sa.Column("placer_id", sa.Uuid(), nullable=True),
        sa.Column("releaser_id", sa.Uuid(), nullable=True),
        *_of_every_record(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index("ix_legal_hold_record_id", "legal_hold", ["record_id"])
    for table in ("subject_request", "legal_hold"):
        op.create_index(
            f"ix_{table}_scope",
            table,
            ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
            postgresql_include=["owner_id"],
            postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
        )
    op.create_table(
        "subject_export",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_subject_export")),
    )
    record_facts("subject_request", "legal_hold")
    secure_rows("subject_request", "legal_hold")
    _let_proofs_go()


def _let_proofs_go() -> None:
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in (*SAID, "recorder_id"))
    op.execute("DROP TRIGGER consent_stands ON consent")
    op.execute("""
        CREATE TRIGGER consent_stays BEFORE DELETE ON consent FOR EACH ROW EXECUTE FUNCTION crm_consent_stands()
    """)
    op.execute(f"""
        CREATE TRIGGER consent_stands BEFORE UPDATE OF {", ".join(SAID)}, recorder_id, proof ON consent
        FOR EACH ROW WHEN (NOT ({same} AND (NEW.proof = OLD.proof OR NEW.proof = '')))
        EXECUTE FUNCTION crm_consent_stands()
    """)


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _of_every_record() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", _json(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
    ]

"""Kept copies of the signed heads of every service's audit chain."""

import sqlalchemy as sa
from alembic import op

from crm_kit.audit_trail import APPEND_ONLY

revision = "crm_identity_0005"
down_revision = "crm_identity_0004"
branch_labels = None
depends_on = "kit_0005"


def upgrade() -> None:
    op.create_table(
        "kept_audit_head",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("chain_seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("keep_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("service", "chain_seq", name=op.f("pk_kept_audit_head")),
    )
    op.execute(APPEND_ONLY.format(table="kept_audit_head"))

"""The audit trail is append-only, and its heads are signed."""

import sqlalchemy as sa
from alembic import op

from crm_kit.audit_trail import GRANTS, GUARDS

revision = "kit_0005"
down_revision = "kit_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("chain_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("handed_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("chain_seq", name=op.f("pk_audit_head")),
    )
    for statement in (*GUARDS, GRANTS):
        op.execute(statement)

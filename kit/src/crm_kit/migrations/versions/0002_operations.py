"""Answers kept with idempotency keys; what operators and retention need to know of operations."""

import sqlalchemy as sa
from alembic import op

revision = "kit_0002"
down_revision = "kit_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency", sa.Column("answer", sa.LargeBinary(), nullable=True))
    op.add_column("saga", sa.Column("resume_state", sa.Text(), server_default="running", nullable=False))
    # A stuck one still holds what it is about: nobody may start another on it.
    op.drop_index("uq_saga_kind_business_key", "saga")
    op.create_index(
        "uq_saga_kind_business_key",
        "saga",
        ["kind", "business_key"],
        unique=True,
        postgresql_where=sa.text("state IN ('running', 'compensating', 'stuck')"),
    )
    op.create_index(
        "ix_saga_stuck", "saga", ["create_time", "id"], unique=False, postgresql_where=sa.text("state = 'stuck'")
    )
    op.create_index(
        "ix_saga_ended", "saga", ["next_time"], unique=False, postgresql_where=sa.text("state IN ('done', 'undone')")
    )
    op.create_index("ix_operation_guard_create_time", "operation_guard", ["create_time"], postgresql_using="brin")

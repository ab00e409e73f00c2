"""Modules that are switched off."""

import sqlalchemy as sa
from alembic import op

revision = "kit_0007"
down_revision = "kit_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suspension",
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("module", name=op.f("pk_suspension")),
    )

"""Requests granted to API keys within the present second."""

import sqlalchemy as sa
from alembic import op

revision = "crm_identity_0008"
down_revision = "crm_identity_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key_rate",
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("second", sa.DateTime(timezone=True), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("api_key_id", name=op.f("pk_api_key_rate")),
        prefixes=["UNLOGGED"],
    )

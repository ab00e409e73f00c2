"""What goes wrong in the services at this moment."""

import sqlalchemy as sa
from alembic import op

revision = "crm_identity_0013"
down_revision = "crm_identity_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("open_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("service", "kind", name=op.f("pk_incident")),
    )

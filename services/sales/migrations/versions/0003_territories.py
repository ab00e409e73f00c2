"""The territory a deal counts to, and what is known of territories and of where customers lie."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_sales_0003"
down_revision = "crm_sales_0002"
branch_labels = None
depends_on = None

IDS = postgresql.ARRAY(sa.Uuid())


def upgrade() -> None:
    op.add_column("opportunity", sa.Column("territory_id", sa.Uuid(), nullable=True))
    # Processes of the former release, which do not know the column, go on writing meanwhile.
    code = sa.Column("assigned_territory_code", sa.Text(), nullable=False, server_default="")
    op.add_column("opportunity", code)
    op.create_index("ix_opportunity_territory_id", "opportunity", ["territory_id"])
    op.create_table(
        "customer_territories",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("territory_ids", IDS, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_territories")),
    )
    op.create_table(
        "known_territory_model",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_territory_model")),
    )
    op.create_table(
        "known_territory",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("ancestor_ids", IDS, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("inherit", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_territory")),
    )
    op.create_index("ix_known_territory_model_id", "known_territory", ["model_id"])

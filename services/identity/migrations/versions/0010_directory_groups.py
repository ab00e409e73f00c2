"""Groups of a directory that give roles."""

import sqlalchemy as sa
from alembic import op

revision = "crm_identity_0010"
down_revision = "crm_identity_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity_provider", sa.Column("directory_key_id", sa.Uuid(), nullable=True))
    op.create_index(
        "uq_identity_provider_directory_key_id",
        "identity_provider",
        ["directory_key_id"],
        unique=True,
        postgresql_where=sa.text("delete_time IS NULL AND directory_key_id IS NOT NULL"),
    )
    op.add_column("team", sa.Column("provider_id", sa.Uuid(), nullable=True))
    op.create_index("ix_team_provider_id", "team", ["provider_id"], postgresql_where=sa.text("provider_id IS NOT NULL"))

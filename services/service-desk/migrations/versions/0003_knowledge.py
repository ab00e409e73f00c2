"""The knowledge base: articles, what they said when they were published, and which replies were written with them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "service_desk_0003"
down_revision = "service_desk_0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
PRESENT = sa.text("delete_time IS NULL AND pending_operation_id IS NULL")
NEWEST = [sa.literal_column("create_time DESC"), sa.literal_column("id DESC")]


def upgrade() -> None:
    # Former releases go on writing tickets and replies while this one starts: what they leave out has a default.
    op.add_column("ticket", sa.Column("category", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("product_id", sa.Uuid(), nullable=True))
    cited = sa.Column("knowledge_version_ids", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}")
    op.add_column("article", cited)
    op.create_table(
        "knowledge_article",
        sa.Column("state", sa.Text(), nullable=False),
        *_said(),
        sa.Column("published_version", sa.Integer(), nullable=False),
        sa.Column("latest_version", sa.Integer(), nullable=False),
        *(
            sa.Column(name, INSTANT, nullable=True)
            for name in ("publish_time", "scheduled_publish_time", "expire_time", "review_time")
        ),
        *_record(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_article")),
    )
    op.create_index(
        "ix_knowledge_article_scope",
        "knowledge_article",
        ["unit_path", *NEWEST],
        postgresql_include=["owner_id"],
        postgresql_where=PRESENT,
    )
    op.create_index("ix_knowledge_article_number", "knowledge_article", ["number"])
    op.create_table(
        "knowledge_version",
        sa.Column("knowledge_article_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        *_said(),
        sa.Column("publisher_id", sa.Uuid(), nullable=True),
        *_record(),
        sa.ForeignKeyConstraint(
            ["knowledge_article_id"],
            ["knowledge_article.id"],
            name=op.f("fk_knowledge_version_knowledge_article_id_knowledge_article"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_version")),
    )
    in_force = sa.text("in_force")
    op.create_index(
        "uq_knowledge_version_edition", "knowledge_version", ["knowledge_article_id", "edition"], unique=True
    )
    op.create_index(
        "uq_knowledge_version_in_force",
        "knowledge_version",
        ["knowledge_article_id"],
        unique=True,
        postgresql_where=in_force,
    )
    op.create_index(
        "ix_knowledge_version_category",
        "knowledge_version",
        ["category"],
        postgresql_where=sa.text("in_force AND category <> ''"),
    )
    op.create_index("ix_knowledge_version_product_id", "knowledge_version", ["product_id"], postgresql_where=in_force)
    for table in ("knowledge_article", "knowledge_version"):
        op.create_index(
            f"ix_{table}_newest",
            table,
            NEWEST,
            postgresql_include=["unit_path", "owner_id"],
            postgresql_where=PRESENT,
        )
        op.create_index(
            f"ix_{table}_search_text",
            table,
            ["search_text"],
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        )
        op.create_index(f"ix_{table}_search_grams", table, ["search_grams"], postgresql_using="gin")
    op.create_table(
        "knowledge_use",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("knowledge_version_id", sa.Uuid(), nullable=False),
        sa.Column("knowledge_article_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_knowledge_use_article_id_article")),
        sa.ForeignKeyConstraint(
            ["knowledge_version_id"],
            ["knowledge_version.id"],
            name=op.f("fk_knowledge_use_knowledge_version_id_knowledge_version"),
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_knowledge_use_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("article_id", "knowledge_version_id", name=op.f("pk_knowledge_use")),
    )
    op.create_index("ix_knowledge_use_counts", "knowledge_use", ["knowledge_article_id", "solved", "ticket_id"])
    op.create_index("ix_knowledge_use_ticket_id", "knowledge_use", ["ticket_id"])
    record_facts("knowledge_article", "knowledge_version")
    secure_rows("knowledge_article")


def _said() -> list[sa.Column[object]]:
    """What an article says, as both tables hold it."""
    texts = ("number", "audience", "title_en", "title_zh", "body_en", "body_zh", "category")
    return [
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("search_grams", postgresql.ARRAY(sa.Text()), nullable=False),
    ]


def _record() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("update_time", INSTANT, nullable=False),
        sa.Column("delete_time", INSTANT, nullable=True),
    ]

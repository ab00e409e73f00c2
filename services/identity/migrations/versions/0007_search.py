"""Users, units, teams and roles are found by their words."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.filtering import grams, search_text

revision = "crm_identity_0007"
down_revision = "crm_identity_0006"
branch_labels = None
depends_on = None

SEARCHED = {
    "user_account": ("login", "display_name", "email", "title"),
    "unit": ("name", "code"),
    "team": ("name",),
    "role": ("code", "title_en", "title_zh"),
}
AT_ONCE = 1_000


def upgrade() -> None:
    for table, columns in SEARCHED.items():
        # Processes of the former release, which know nothing of the columns, go on writing meanwhile.
        op.add_column(table, sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
        texts = postgresql.ARRAY(sa.Text())
        op.add_column(table, sa.Column("search_grams", texts, nullable=False, server_default="{}"))
        _fill(table, columns)
        op.create_index(
            f"ix_{table}_search_text",
            table,
            ["search_text"],
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        )
        op.create_index(f"ix_{table}_search_grams", table, ["search_grams"], postgresql_using="gin")


def _fill(table: str, columns: tuple[str, ...]) -> None:
    """Those there are already; the pairs of characters are made where all writers make them."""
    connection = op.get_bind()
    found = sa.table(table, *(sa.column(name) for name in ("id", *columns)))
    update = sa.text(
        f"UPDATE {table} SET search_text = v.said, search_grams = string_to_array(v.pairs, chr(10)) "  # noqa: S608 - names of our own tables
        "FROM unnest(CAST(:ids AS uuid[]), CAST(:texts AS text[]), CAST(:pairs AS text[])) AS v (id, said, pairs) "
        f"WHERE {table}.id = v.id"
    )
    for part in connection.execute(sa.select(found)).partitions(AT_ONCE):
        ids = [row.id for row in part]
        texts = [search_text(*row[1:]) for row in part]
        pairs = ["\n".join(grams(*row[1:])) for row in part]
        connection.execute(update, {"ids": ids, "texts": texts, "pairs": pairs})

"""Views of lists as records; what people kept in their preferences until now becomes private ones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts

revision = "crm_identity_0012"
down_revision = "crm_identity_0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CARRY = """
    INSERT INTO saved_view (id, version, event_seq, owner_id, unit_path, custom_fields, create_time, update_time,
                            resource, name, filter, order_by, search, columns, layout, audience)
    SELECT uuidv7(), 1, 0, person.id, person.unit_path, '{}', now(), now(),
           -- The console named lists by schema: service_desk.Ticket, sales.PlanLine.
           lower(regexp_replace(substr(kept.key, 7), '([a-z])([A-Z])', '\\1_\\2', 'g')),
           left(each.view ->> 'name', 60), coalesce(each.view ->> 'filter', ''),
           coalesce(each.view ->> 'order_by', ''), '',
           ARRAY(SELECT jsonb_array_elements_text(
               CASE jsonb_typeof(each.view -> 'columns') WHEN 'array' THEN each.view -> 'columns' ELSE '[]' END)),
           '', 'PRIVATE'
    FROM preferences
    JOIN user_account AS person ON preferences.holder = 'user:' || person.id
    CROSS JOIN LATERAL jsonb_each(preferences.console) AS kept
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(kept.value) WHEN 'array' THEN kept.value ELSE '[]' END) AS each (view)
    WHERE kept.key LIKE 'views.%' AND coalesce(each.view ->> 'name', '') <> ''
"""
DROP = """
    UPDATE preferences
    SET console = coalesce((SELECT jsonb_object_agg(kept.key, kept.value) FROM jsonb_each(console) AS kept
                            WHERE kept.key NOT LIKE 'views.%'), '{}'),
        version = version + 1, update_time = now()
    WHERE jsonb_path_exists(console, '$.keyvalue() ? (@.key starts with "views.")')
"""


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("order_by", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    alive = "delete_time IS NULL"
    op.create_index("ix_saved_view_owner_id", "saved_view", ["owner_id", "resource"], postgresql_where=sa.text(alive))
    op.create_index(
        "ix_saved_view_shared",
        "saved_view",
        ["resource", "audience"],
        postgresql_where=sa.text(f"audience <> 'PRIVATE' AND {alive}"),
    )
    op.execute(CARRY)
    op.execute(DROP)
    record_facts("saved_view")

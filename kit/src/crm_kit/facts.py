"""Row facts: who changed which field of which record from what to what.

Written by a statement-level trigger on every entity table, so that bulk SQL cannot miss them and a bulk statement pays
once. An insert stores no values: the record as created follows from its present state and its later changes.
"""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from crm_kit.metadata import kit_metadata

row_fact = Table(
    "row_fact",
    kit_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("record_type", Text, nullable=False),
    Column("record_id", Uuid, nullable=False),
    Column("action", Text, nullable=False),
    Column("fields", JSONB),
    Column("actor", Text, nullable=False),
    Column("cause_id", Text, nullable=False),
    Column("change_time", DateTime(timezone=True), nullable=False),
    Index("ix_row_fact_record", "record_id", "id"),
)

UNCOUNTED = ("version", "event_seq", "update_time", "search_text", "search_grams", "match_keys")
"""Columns that change with every write, or follow from others: they say nothing by themselves."""

FUNCTION = f"""
CREATE OR REPLACE FUNCTION crm_row_fact() RETURNS trigger LANGUAGE plpgsql
-- The plan made for a statement of one row is kept; as a nested loop it would be quadratic for a bulk statement.
SET enable_nestloop = off AS $$
DECLARE
  who text := coalesce(nullif(current_setting('crm.actor', true), ''), 'database:' || current_user);
  cause text := coalesce(current_setting('crm.cause', true), '');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO row_fact (record_type, record_id, action, actor, cause_id, change_time)
    SELECT TG_TABLE_NAME, n.id, 'insert', who, cause, now() FROM new_rows n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO row_fact (record_type, record_id, action, fields, actor, cause_id, change_time)
    SELECT TG_TABLE_NAME, o.id, 'delete', to_jsonb(o), who, cause, now() FROM old_rows o;
  ELSE
    INSERT INTO row_fact (record_type, record_id, action, fields, actor, cause_id, change_time)
    SELECT TG_TABLE_NAME, n.id, 'update', d.fields, who, cause, now()
    FROM new_rows n JOIN old_rows o USING (id)
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(a.key, jsonb_build_object('old', b.value, 'new', a.value)) AS fields
      FROM jsonb_each(to_jsonb(n)) a JOIN jsonb_each(to_jsonb(o)) b USING (key)
      WHERE a.value IS DISTINCT FROM b.value AND a.key NOT IN {UNCOUNTED!r}
    ) d
    WHERE d.fields IS NOT NULL;
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - made of constants


def trigger_statements(table: str) -> list[str]:
    """DDL that records the facts of one entity table; migrations run it for every table they create."""
    old, new = "OLD TABLE AS old_rows", "NEW TABLE AS new_rows"
    return [
        f"CREATE TRIGGER row_fact_{action.lower()} AFTER {action} ON {table} REFERENCING {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION crm_row_fact()"
        for action, rows in (("INSERT", new), ("UPDATE", f"{old} {new}"), ("DELETE", old))
    ]

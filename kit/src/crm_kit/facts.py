"""Row facts: who changed which field of which record from what to what, as entries of the audit trail.

Written by a statement-level trigger on every entity table, so that bulk SQL cannot miss them and a bulk statement pays
once. An insert stores no values: the record as created follows from its present state and its later changes.
"""

from collections.abc import Sequence

UNCOUNTED = ("version", "event_seq", "update_time", "search_text", "search_grams", "match_keys")
"""Columns that change with every write, or follow from others: they say nothing by themselves."""

FUNCTION = f"""
CREATE OR REPLACE FUNCTION crm_row_fact() RETURNS trigger LANGUAGE plpgsql
-- The plan made for a statement of one row is kept; as a nested loop it would be quadratic for a bulk statement.
SET enable_nestloop = off AS $$
DECLARE
  -- Who, for whom, from where: a line each, as Call.attribution writes them; a setting of its own each would cost more.
  said text := coalesce(current_setting('crm.actor', true), '');
  who text := coalesce(nullif(split_part(said, E'\\n', 1), ''), 'database:' || current_user);
  behalf text := split_part(said, E'\\n', 2);
  origin text := split_part(said, E'\\n', 3);
  cause text := coalesce(current_setting('crm.cause', true), '');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit_entry
      (action, record_type, record_id, actor, on_behalf_of, cause_id, address, unit_path, time)
    SELECT 'insert', TG_TABLE_NAME, n.id, who, behalf, cause, origin, n.unit_path, now() FROM new_rows n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO audit_entry
      (action, record_type, record_id, actor, on_behalf_of, cause_id, address, unit_path, details, time)
    SELECT 'delete', TG_TABLE_NAME, o.id, who, behalf, cause, origin, o.unit_path, to_jsonb(o) - coalesce(TG_ARGV, '{{}}'),
      now()
    FROM old_rows o;
  ELSE
    INSERT INTO audit_entry
      (action, record_type, record_id, actor, on_behalf_of, cause_id, address, unit_path, details, time)
    SELECT 'update', TG_TABLE_NAME, n.id, who, behalf, cause, origin, n.unit_path, d.fields, now()
    FROM new_rows n JOIN old_rows o USING (id)
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(
        a.key,
        CASE WHEN a.key = ANY (TG_ARGV) THEN '{{"old": "***", "new": "***"}}'
             ELSE jsonb_build_object('old', b.value, 'new', a.value) END
      ) AS fields
      FROM jsonb_each(to_jsonb(n)) a JOIN jsonb_each(to_jsonb(o)) b USING (key)
      WHERE a.value IS DISTINCT FROM b.value AND a.key NOT IN {UNCOUNTED!r}
    ) d
    WHERE d.fields IS NOT NULL;
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - made of constants


def trigger_statements(table: str, secret: Sequence[str] = ()) -> list[str]:
    """DDL that records the facts of one entity table; migrations run it for every table they create.

    Of ``secret`` columns (digests of passwords and keys) only that they changed is recorded.
    """
    old, new = "OLD TABLE AS old_rows", "NEW TABLE AS new_rows"
    arguments = ", ".join(f"'{column}'" for column in secret)
    return [
        f"CREATE TRIGGER row_fact_{action.lower()} AFTER {action} ON {table} REFERENCING {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION crm_row_fact({arguments})"
        for action, rows in (("INSERT", new), ("UPDATE", f"{old} {new}"), ("DELETE", old))
    ]

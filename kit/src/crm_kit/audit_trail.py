"""The one trail of a service: what happened to its records and rights, appended and never changed.

Entries are written in the transaction of what they tell (row changes by trigger, see ``facts``) or just after an answer
(``audit``). Seconds later the sealer gives each its place in the chain of hashes.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_kit.metadata import kit_metadata

audit_entry = Table(
    "audit_entry",
    kit_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("action", Text, nullable=False),
    Column("record_type", Text, nullable=False),
    Column("record_id", Uuid),
    Column("actor", Text, nullable=False),
    Column("on_behalf_of", Text, nullable=False, server_default=text("''")),
    Column("cause_id", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=text("''")),
    Column("unit_path", Text(collation="C"), nullable=False, server_default=text("''")),
    Column("details", JSONB),
    # Only of details that were erased: SHA-256 of what they were, which the chain covers in their place.
    Column("details_digest", LargeBinary),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("chain_seq", BigInteger),
    Column("hash", LargeBinary),
    Index("ix_audit_entry_record", "record_id", "id"),
    Index("ix_audit_entry_actor", "actor", "id"),
    Index("ix_audit_entry_unit_path", "unit_path", "id"),
    # Whoever commits late is found here all the same, which a cursor over ids would not promise.
    Index("ix_audit_entry_unsealed", "id", postgresql_where=text("chain_seq IS NULL")),
    Index("uq_audit_entry_chain_seq", "chain_seq", unique=True, postgresql_where=text("chain_seq IS NOT NULL")),
)

audit_head = Table(
    "audit_head",
    kit_metadata,
    Column("chain_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("handed_time", DateTime(timezone=True)),
)
"""Signed ends of the chain; ``handed_time`` is when the keeper had its copy."""

DIGEST = "CASE WHEN details IS NULL THEN details_digest ELSE sha256(convert_to(details::text, 'UTF8')) END"
"""SQL of the digest an entry's hash covers: made from the details as long as there are any, so that none can lie."""

_SAME_ENTRY = " AND ".join(
    f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}"
    for name in (
        *("id", "action", "record_type", "record_id", "actor", "on_behalf_of", "cause_id", "address", "unit_path"),
        "time",
    )
)
_SEALED = """OLD.chain_seq IS NULL AND NEW.chain_seq IS NOT NULL AND NEW.hash IS NOT NULL
    AND NEW.details IS NOT DISTINCT FROM OLD.details AND NEW.details_digest IS NOT DISTINCT FROM OLD.details_digest"""
_ERASED = """OLD.details IS NOT NULL AND NEW.details IS NULL
    AND NEW.details_digest = sha256(convert_to(OLD.details::text, 'UTF8'))
    AND NEW.chain_seq IS NOT DISTINCT FROM OLD.chain_seq AND NEW.hash IS NOT DISTINCT FROM OLD.hash"""
_HANDED = """NEW.chain_seq = OLD.chain_seq AND NEW.hash = OLD.hash AND NEW.time = OLD.time
    AND NEW.signature = OLD.signature AND NEW.key_id = OLD.key_id AND OLD.handed_time IS NULL"""

APPEND_ONLY = """
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION crm_audit_refuse()
"""
"""DDL for a table of which nothing is ever changed."""

GUARDS = (
    """
    CREATE OR REPLACE FUNCTION crm_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', HINT = 'Sealing, and erasing details, are all that may be done.';
    END $$
    """,
    # The conditions are the executor's to check: a function called for every sealed row would cost more than the rest.
    f"""
    CREATE TRIGGER audit_entry_append_only BEFORE UPDATE ON audit_entry FOR EACH ROW
    WHEN (NOT coalesce({_SAME_ENTRY} AND (({_SEALED}) OR ({_ERASED})), false)) EXECUTE FUNCTION crm_audit_refuse()
    """,
    """
    CREATE TRIGGER audit_entry_kept BEFORE DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION crm_audit_refuse()
    """,
    f"""
    CREATE TRIGGER audit_head_append_only BEFORE UPDATE ON audit_head FOR EACH ROW
    WHEN (NOT coalesce({_HANDED}, false)) EXECUTE FUNCTION crm_audit_refuse()
    """,
    """
    CREATE TRIGGER audit_head_kept BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION crm_audit_refuse()
    """,
)
"""DDL that keeps entries and heads as they are. Whoever owns the tables can lift it, and the chain shows that."""

GRANTS = """
    DO $$
    DECLARE given record;
    BEGIN
      FOR given IN
        SELECT DISTINCT g.table_name, g.grantee
        FROM information_schema.role_table_grants g
        JOIN pg_tables t ON t.schemaname = g.table_schema AND t.tablename = g.table_name
        WHERE g.table_schema = 'public' AND g.table_name IN ('audit_entry', 'audit_head')
          AND g.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE') AND g.grantee NOT IN (t.tableowner, 'PUBLIC')
      LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', given.table_name, given.grantee);
        EXECUTE format('GRANT UPDATE (%s) ON %I TO %I',
          CASE given.table_name WHEN 'audit_entry' THEN 'chain_seq, hash, details, details_digest' ELSE 'handed_time' END,
          given.table_name, given.grantee);
      END LOOP;
    END $$
"""
"""What serving roles keep of the rights that they get in all tables: to append, to seal, to erase details."""

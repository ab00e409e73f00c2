"""Jobs as rows: queued, taken under a lease, ended."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_kit.metadata import kit_metadata

job = Table(
    "job",
    kit_metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    # queued, running, done, failed or cancelled
    Column("state", Text, nullable=False, server_default=text("'queued'")),
    Column("principal", JSONB, nullable=False),
    # Of this claim, not of the process: an owner that lost its lease cannot be mistaken for its successor.
    Column("lease_owner", Uuid),
    Column("lease_until", DateTime(timezone=True)),
    # Failures and abandoned leases since the last committed chunk.
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("run_time", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("create_time", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("end_time", DateTime(timezone=True)),
    Index("uq_job_open", "kind", "subject_id", unique=True, postgresql_where=text("state IN ('queued', 'running')")),
    Index("ix_job_open", "create_time", postgresql_where=text("state IN ('queued', 'running')")),
)

ENQUEUE = text("""
    INSERT INTO job (kind, subject_id, principal)
    VALUES (:kind, :subject_id, CAST(CAST(:principal AS text) AS jsonb))
    ON CONFLICT (kind, subject_id) WHERE state IN ('queued', 'running') DO UPDATE SET kind = excluded.kind
    RETURNING id
""")
CANCEL = text("""
    UPDATE job SET cancel_requested = true,
                   state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
                   end_time = CASE state WHEN 'queued' THEN now() END
    WHERE kind = :kind AND subject_id = :subject_id AND state IN ('queued', 'running')
""")
TAKE = text("""
    UPDATE job SET state = 'running', lease_owner = :owner,
                   lease_until = clock_timestamp() + make_interval(secs => :seconds),
                   attempts = attempts + CASE state WHEN 'running' THEN 1 ELSE 0 END
    WHERE id = (
        SELECT id FROM job
        WHERE kind = ANY(CAST(:kinds AS text[])) AND ((state = 'queued' AND run_time <= clock_timestamp())
           OR (state = 'running' AND lease_until < clock_timestamp()))
          AND NOT (CAST(:suspendable AS boolean) AND EXISTS (SELECT FROM suspension))
        ORDER BY create_time LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, subject_id, principal, attempts, error
""")
ATTEMPTS_OF = text("SELECT attempts FROM job WHERE id = :id AND lease_owner = :owner AND state = 'running'")
END = text("""
    UPDATE job SET state = CASE WHEN cancel_requested AND CAST(:state AS text) = 'queued' THEN 'cancelled'
                                ELSE CAST(:state AS text) END,
                   error = CAST(:error AS text), lease_owner = NULL, lease_until = NULL,
                   attempts = attempts + CAST(:failed AS integer),
                   run_time = clock_timestamp() + make_interval(secs => :wait),
                   end_time = CASE WHEN CAST(:state AS text) <> 'queued' THEN clock_timestamp() END
    WHERE id = :id AND lease_owner = :owner AND state = 'running' RETURNING id
""")

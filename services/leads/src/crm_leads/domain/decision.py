"""Why the system decided something by itself: kind, inputs, rule, outcome, runner-up (domain rule 0.10)."""

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from crm_leads.domain.record import Record

decision = Table(
    "decision",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("lead_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("runner_up", Text, nullable=False, server_default=""),
    Column("decide_time", DateTime(timezone=True), nullable=False),
    Index("ix_decision_lead", "lead_id", "id"),
)

submission = Table(
    "submission",
    Record.metadata,
    Column("unit_path", Text(collation="C"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("lead_id", Uuid),
    Column("customer_id", Uuid),
    Column("decision", Text, nullable=False),
    Column("import_id", Uuid),
    Column("receive_time", DateTime(timezone=True), nullable=False),
    Index("ix_submission_lead", "lead_id"),
)
"""Every submission ever taken, by its idempotency key: a repeat finds what became of the first."""

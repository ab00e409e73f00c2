"""Why something was decided about a lead: kind, inputs, rule, outcome, runner-up (domain rule 0.10)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from crm_kit.entity import Path
from crm_leads.domain.lead import Lead
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
    Column("unit_path", Path, nullable=False),
    Column("decide_time", DateTime(timezone=True), nullable=False),
    Index("ix_decision_lead", "lead_id", "id"),
)
"""``unit_path``: where the decision was made; partners learn of those in their own units."""

submission = Table(
    "submission",
    Record.metadata,
    Column("unit_path", Text(collation="C"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("lead_id", Uuid),
    Column("receipt_id", Uuid),
    Column("customer_id", Uuid),
    Column("decision", Text, nullable=False),
    Column("import_id", Uuid),
    Column("receive_time", DateTime(timezone=True), nullable=False),
    Index("ix_submission_lead", "lead_id"),
)
"""Every submission ever taken, by its idempotency key: a repeat finds what became of the first. ``lead_id`` is the lead it
went to, ``receipt_id`` what was answered where the submitter may not see that one.
"""


def decided(
    id: UUID,
    lead: Lead,
    kind: str,
    outcome: str,
    rule: str,
    now: datetime,
    *,
    inputs: Mapping[str, Any] | None = None,
    runner_up: str = "",
    unit_path: str = "",
) -> dict[str, Any]:
    """A row of the decision table; made in the unit the lead is in unless another is named."""
    return {
        "id": id,
        "lead_id": lead.id,
        "kind": kind,
        "outcome": outcome,
        "rule": rule,
        "inputs": dict(inputs or {}),
        "runner_up": runner_up,
        "unit_path": unit_path or lead.unit_path,
        "decide_time": now,
    }

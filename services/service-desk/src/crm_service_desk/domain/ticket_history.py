"""A ticket's history as it is stored: one row per moment, in the order things happened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, ForeignKeyConstraint, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from crm_service_desk.domain import working_hours
from crm_service_desk.domain.history import AgentReplied, CustomerWrote, Entered, Moment, Plan, Planned, Target, Terms
from crm_service_desk.domain.record import Record

ticket_moment = Table(
    "ticket_moment",
    Record.metadata,
    Column("ticket_id", Uuid, ForeignKey("ticket.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    # Of Entered.
    Column("state", Text),
    # Of Planned: promises in minutes, so that a changed policy leaves the past as it was.
    Column("targets", JSONB(none_as_null=True)),
    Column("pause_states", ARRAY(Text)),
    Column("policy_id", Uuid),
    Column("policy_version", Integer),
    Column("calendar_id", Uuid),
    Column("calendar_revision", Integer),
    ForeignKeyConstraint(
        ["calendar_id", "calendar_revision"],
        ["calendar_revision.calendar_id", "calendar_revision.revision"],
        # The name by convention would be longer than PostgreSQL keeps.
        name="fk_ticket_moment_calendar_revision",
    ),
)
"""Only ever appended to."""

PLANNED, ENTERED = "planned", "entered"
MESSAGES: dict[str, type[CustomerWrote | AgentReplied]] = {
    "customer_wrote": CustomerWrote,
    "agent_replied": AgentReplied,
}


def in_order(latest: datetime | None, moments: Sequence[Moment]) -> list[Moment]:
    """The moments, none before the one it follows: callers' clocks may differ by a little."""
    ordered: list[Moment] = []
    for moment in moments:
        latest = moment.time if latest is None else max(latest, moment.time)
        ordered.append(replace(moment, time=latest))
    return ordered


def to_row(ticket_id: UUID, position: int, moment: Moment) -> dict[str, Any]:
    """One moment as a row with a value for every column."""
    row: dict[str, Any] = dict.fromkeys(ticket_moment.c.keys())
    row |= {"ticket_id": ticket_id, "position": position, "time": moment.time}
    match moment:
        case Planned(plan=plan):
            row |= plan.terms._asdict()
            row["kind"] = PLANNED
            row["targets"] = {target.value: limit // timedelta(minutes=1) for target, limit in plan.targets.items()}
            row["pause_states"] = sorted(plan.pause_states)
        case Entered(state=state):
            row |= {"kind": ENTERED, "state": state}
        case _:
            row["kind"] = next(kind for kind, message in MESSAGES.items() if isinstance(moment, message))
    return row


def to_moment(row: Any) -> Moment:
    """The moment of a row that carries the hours of its calendar revision."""
    if row.kind == PLANNED:
        terms = Terms(row.policy_id, row.policy_version, row.calendar_id, row.calendar_revision)
        targets = {Target(name): timedelta(minutes=minutes) for name, minutes in row.targets.items()}
        hours = working_hours.parse(row.time_zone, row.weekly, row.overrides)
        return Planned(row.time, Plan(terms, hours, targets, frozenset(row.pause_states)))
    return Entered(row.time, row.state) if row.kind == ENTERED else MESSAGES[row.kind](row.time)

"""Facts about tickets, the promises on them and how customers rated them."""

from sqlalchemy import Column, DateTime, Index, Integer, PrimaryKeyConstraint, Text, Uuid

from crm_reporting.domain.record import fact

ticket_fact = fact(
    "ticket_fact",
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("customer_id", Uuid),
    Column("resolver_id", Uuid),
    Column("reopen_count", Integer, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("first_response_time", DateTime(timezone=True)),
    Column("resolve_time", DateTime(timezone=True)),
    Column("close_time", DateTime(timezone=True)),
    Index("ix_ticket_fact_create", "create_time"),
    Index("ix_ticket_fact_resolve", "resolve_time"),
)

sla_fact = fact(
    "sla_fact",
    Column("ticket_id", Uuid, nullable=False),
    Column("target", Text, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("due_time", DateTime(timezone=True)),
    Column("start_time", DateTime(timezone=True)),
    Column("end_time", DateTime(timezone=True)),
    Column("target_minutes", Integer, nullable=False),
    Column("elapsed_minutes", Integer, nullable=False),
    Column("breach_minutes", Integer, nullable=False),
    Column("breach_cause", Text, nullable=False),
    PrimaryKeyConstraint("ticket_id", "target", "cycle"),
    Index("ix_sla_fact_due", "due_time"),
)
"""One row per promise and cycle; owner and unit are the ticket's."""

survey_fact = fact(
    "survey_fact",
    Column("id", Uuid, primary_key=True),
    Column("ticket_id", Uuid, nullable=False),
    Column("customer_id", Uuid),
    Column("channel", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("answer_time", DateTime(timezone=True), nullable=False),
    Index("ix_survey_fact_answer", "answer_time"),
    Index("ix_survey_fact_ticket", "ticket_id"),
)
"""``owner_id`` is the agent who resolved the ticket: the rating is theirs."""

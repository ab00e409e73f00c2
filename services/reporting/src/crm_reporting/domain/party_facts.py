"""Facts about customers and campaigns, and the names of units and people."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Table, Text, Uuid

from crm_kit.entity import Path
from crm_reporting.domain.deal_facts import Amount
from crm_reporting.domain.record import Record, fact

customer_fact = fact(
    "customer_fact",
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("lead_id", Uuid),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("deleted", Boolean, nullable=False),
)

campaign_fact = fact(
    "campaign_fact",
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("budget", Amount),
    Column("cost", Amount),
    Column("currency", Text, nullable=False),
    Column("start_date", Date),
    Column("end_date", Date),
)

unit_dim = Table(
    "unit_dim",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("event_seq", BigInteger, nullable=False),
    Column("path", Path, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
)

user_dim = Table(
    "user_dim",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("event_seq", BigInteger, nullable=False),
    Column("unit_path", Path, nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

"""Rebuilds of the facts: asked for by a person, done by a job, kept as a record."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_reporting.domain.record import Record

rebuild = Table(
    "rebuild",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    # QUEUED, RUNNING, DONE or REFUSED
    Column("state", Text, nullable=False),
    Column("event_count", BigInteger, nullable=False, server_default=text("0")),
    # Table name to [rows before, rows after].
    Column("tables", JSONB, nullable=False, server_default=text("'{}'")),
    Column("error", Text, nullable=False, server_default=""),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True)),
    # True while queued or running, else null: there is one at a time.
    Column("under_way", Boolean, unique=True),
)

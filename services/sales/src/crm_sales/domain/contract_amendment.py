"""Signed change orders of contracts, never changed afterwards (domain rule 4.6)."""

from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, Numeric, Table, Text, UniqueConstraint, Uuid

from crm_sales.domain.record import Record

contract_amendment = Table(
    "contract_amendment",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contract.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("value_change", Numeric(20, 6), nullable=False),
    Column("amount", Numeric(20, 6), nullable=False),
    Column("currency", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sign_date", Date, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    UniqueConstraint("contract_id", "number"),
)

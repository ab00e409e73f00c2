"""Facts about contracts, the payments they promise and the money that arrived.

Contracts and plan lines also come with events of receipts: their ``event_seq`` is the version of the record.
"""

from sqlalchemy import Column, Date, DateTime, Index, Integer, Text, Uuid, text

from crm_reporting.domain.deal_facts import Amount
from crm_reporting.domain.record import fact

contract_fact = fact(
    "contract_fact",
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("amount", Amount),
    Column("currency", Text, nullable=False),
    # The day of the later signature; absent until both have signed.
    Column("sign_date", Date),
    Column("effective_date", Date),
    Column("customer_id", Uuid),
    Column("opportunity_id", Uuid),
    Index("ix_contract_fact_sign", "sign_date", postgresql_where=text("sign_date IS NOT NULL")),
)

plan_line_fact = fact(
    "plan_line_fact",
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, nullable=False),
    Column("customer_id", Uuid),
    Column("position", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("planned", Amount),
    Column("open", Amount),
    Column("currency", Text, nullable=False),
    Column("due_date", Date),
    Index("ix_plan_line_fact_open", "due_date", postgresql_where=text("open > 0")),
)

receipt_fact = fact(
    "receipt_fact",
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("amount", Amount),
    Column("currency", Text, nullable=False),
    Column("receive_date", Date),
    Column("confirm_time", DateTime(timezone=True)),
    Column("contract_id", Uuid),
    Column("customer_id", Uuid),
    Index("ix_receipt_fact_receive", "receive_date"),
)

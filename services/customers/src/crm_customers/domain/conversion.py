"""Leads on their way to becoming customers: what was made for them and what is to be filled in (domain rule 2.10)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_customers.domain.record import Record
from crm_kit.errors import FailedPrecondition

conversion = Table(
    "conversion",
    Record.metadata,
    Column("operation_id", Uuid, primary_key=True),
    Column("lead_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("made_customer", Boolean, nullable=False),
    Column("made_contact", Boolean, nullable=False),
    # open, confirmed or cancelled
    Column("state", Text, nullable=False),
    # Field → value for blanks of what existed before; only while open.
    Column("customer_fills", JSONB(none_as_null=True)),
    Column("contact_fills", JSONB(none_as_null=True)),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True)),
    Index("ix_conversion_open", "customer_id", postgresql_where=text("state = 'open'")),
)
"""One row per operation. While it is open, its customer and contact cannot be removed."""

CUSTOMER_FILLS = (
    "credit_code",
    "industry",
    "source",
    "phone",
    "email",
    "website",
    "country_code",
    "province",
    "city",
    "postal_code",
    "address",
    "gender",
)
CONTACT_FILLS = ("gender", "job_title", "department", "phone", "mobile", "email", "messenger")


class ConversionUnknown(FailedPrecondition):
    """Nothing was made under this operation. Facts: operation_id."""

    en = "There is no conversion {operation_id} to confirm."
    zh = "没有可确认的转化 {operation_id}。"


class ConversionConfirmed(FailedPrecondition):
    """What was confirmed is a customer like any other. Facts: operation_id."""

    en = "The conversion {operation_id} is confirmed and cannot be taken back."
    zh = "转化 {operation_id} 已确认，不能撤销。"


def offers(source: Any, fields: Sequence[str]) -> dict[str, str]:
    """What a lead could fill in, by field."""
    return {field: getattr(source, field) for field in fields if getattr(source, field)}


def fill_blanks(target: Any, offered: Mapping[str, str]) -> set[str]:
    """Set what is blank and offered; what is there stays. Answers which fields were filled."""
    filled = {field for field in offered if not getattr(target, field)}
    for field in filled:
        setattr(target, field, offered[field])
    return filled

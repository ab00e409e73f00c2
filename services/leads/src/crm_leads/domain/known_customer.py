"""What this service remembers of customers, from their events: enough to recognise one in a submission."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit.entity import Path
from crm_leads.domain.record import Record

known_customer = Table(
    "known_customer",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("contact_id", Uuid),
    Column("event_seq", BigInteger, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("company", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
    Column("email", Text, nullable=False, server_default=""),
    Column("city", Text, nullable=False, server_default=""),
    Column("postal_code", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("owner_id", Uuid),
    Column("unit_path", Path, nullable=False),
    Column("match_keys", ARRAY(Text), nullable=False),
    Index("ix_known_customer_match_keys", "match_keys", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    Index("ix_known_customer_customer", "customer_id"),
)
"""One row per customer and one per contact; ``id`` is the customer's or the contact's."""

known_user = Table(
    "known_user",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("event_seq", BigInteger, nullable=False),
    Column("unit_path", Path, nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)
"""People who can own leads, from identity's events."""

"""What this service remembers of others, from their events: customers, enough to recognise one; people; units."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit.entity import Path
from crm_leads.domain.matching.blocking import REACHING
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
    Column("phone", Text, nullable=False, server_default="", info={"sealed": None}),
    Column("email", Text, nullable=False, server_default="", info={"sealed": None}),
    Column("city", Text, nullable=False, server_default=""),
    Column("postal_code", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("owner_id", Uuid),
    Column("unit_path", Path, nullable=False),
    Column("match_keys", ARRAY(Text), nullable=False, info={"digested": frozenset(REACHING)}),
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

known_unit = Table(
    "known_unit",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("event_seq", BigInteger, nullable=False),
    Column("unit_path", Path, nullable=False),
    Column("kind", Text, nullable=False),
    Index("ix_known_unit_unit_path", "unit_path"),
)
"""Units of the house, from identity's events: which are partners, and which are departments of the unit above."""

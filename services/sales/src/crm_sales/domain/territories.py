"""What sales knows of territories and of where customers lie, by which deals count to one of them (domain rule 1.8)."""

from sqlalchemy import Column, Table, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit.territories import KnownTerritories
from crm_sales.domain.record import Record

known_territories = KnownTerritories(Record.metadata)

customer_territories = Table(
    "customer_territories",
    Record.metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("territory_ids", ARRAY(Uuid()), nullable=False),
)
"""Where a customer lies, the territory that gets its deals first."""

"""Alembic runs this; the kit does the work."""

from crm_kit.migrations import run
from crm_sales.domain.tables import Record

run(Record.metadata)

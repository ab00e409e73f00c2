"""Alembic's way into the kit."""

from crm_kit import migrations
from crm_reporting.service import service

migrations.run(service.metadata)

"""Alembic's way into the kit."""

from crm_kit import migrations
from crm_marketing.service import service

migrations.run(service.metadata)

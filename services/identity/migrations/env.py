"""Alembic's way into the kit."""

from crm_identity.service import service
from crm_kit import migrations

migrations.run(service.metadata)

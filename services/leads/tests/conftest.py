"""The leads service at work, and people who use it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_leads.service import service


@pytest_asyncio.fixture
async def leads(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path / "keys") as made:
        yield made

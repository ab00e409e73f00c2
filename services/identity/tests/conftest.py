"""Identity at work, with its first administrator."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from crm_identity.service import service
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture
async def identity(
    database_factory: DatabaseFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningService]:
    monkeypatch.setenv("CRM_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD)
    async with running(service, database_factory, tmp_path / "keys") as made:
        yield made

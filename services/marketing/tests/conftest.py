"""The marketing service at work, and somebody who runs campaigns."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_marketing.service import service

from .marketer import Marketer


@pytest.fixture
async def marketing(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path / "keys") as made:
        yield made


@pytest.fixture
def marketer(marketing: RunningService) -> Marketer:
    return Marketer(marketing)

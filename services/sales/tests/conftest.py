"""The sales service at work, and somebody who sells."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_sales.service import service

from .seller import Seller


@pytest.fixture
async def sales(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path / "keys") as made:
        yield made


@pytest.fixture
def seller(sales: RunningService) -> Seller:
    return Seller(sales)

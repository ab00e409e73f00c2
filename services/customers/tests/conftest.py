"""The customers service at work, and somebody who looks after customers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_customers.service import service
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running

from .clerk import Clerk


@pytest.fixture
async def customers(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path / "keys") as made:
        yield made


@pytest.fixture
def clerk(customers: RunningService) -> Clerk:
    return Clerk(customers)

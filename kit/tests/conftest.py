"""The shelf service for the kit's own tests: one per module, because tests use units of their own."""

from collections.abc import AsyncIterator

import pytest

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService

from .moves import moves  # noqa: F401 - a fixture
from .shelf import running_shelf


@pytest.fixture(scope="module")
async def shelf(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running_shelf(database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made

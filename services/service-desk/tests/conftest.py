"""A service desk on a database of its own, with a clock the test holds."""

from collections.abc import AsyncIterator

import pytest

from crm_kit import migrations
from crm_kit.database import Database
from crm_kit.testing.databases import DatabaseFactory

from .desk import Desk


@pytest.fixture
async def desk(database_factory: DatabaseFactory) -> AsyncIterator[Desk]:
    url = await database_factory.clone("service_desk", lambda url: migrations.upgrade(url, "crm_service_desk"))
    db = Database(url, pool_size=4)
    yield Desk(db)
    await db.dispose()
    await database_factory.drop(url)

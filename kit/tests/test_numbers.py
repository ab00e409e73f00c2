"""Human numbers: unique, per unit and year, and never a reason to wait for one another."""

import asyncio
from uuid import uuid4

import pytest

from crm_kit import numbers as numbers_module
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin


@pytest.fixture
def unit() -> str:
    return f"/hq/{uuid4().hex[:8]}/"


async def test_a_series_starts_at_one_and_belongs_to_prefix_unit_and_year(shelf: RunningService, unit: str) -> None:
    take = shelf.db.numbers.take
    assert await take("BX", unit, 2026, 2) == ["BX-2026-000001", "BX-2026-000002"]
    assert await take("BX", unit, 2026) == ["BX-2026-000003"]
    assert await take("BX", unit, 2027) == ["BX-2027-000001"]
    assert await take("CR", unit, 2026) == ["CR-2026-000001"]
    assert await take("BX", unit + "d1/", 2026) == ["BX-2026-000001"]


async def test_no_number_is_given_twice_by_two_busy_processes(shelf: RunningService, unit: str) -> None:
    other = Database(shelf.db.url.render_as_string(hide_password=False))
    takes = [(db.numbers.take("BX", unit, 2026, size)) for db in (shelf.db, other) for size in (1, 3, 7, 45) * 5]
    given = [number for numbers in await asyncio.gather(*takes) for number in numbers]
    assert len(given) == len(set(given)) == 2 * 5 * 56
    await other.dispose()


async def test_taking_a_number_inside_a_transaction_needs_no_second_connection_of_the_pool(
    shelf: RunningService, unit: str
) -> None:
    db = Database(shelf.db.url.render_as_string(hide_password=False), pool_size=2)

    async def create(number: int) -> str:
        async with begin(Call(db, somebody(unit_path=f"{unit}{number}/"), "shelf.box.create")) as tx:
            await asyncio.sleep(0.05)
            return await tx.number("BX")

    async with asyncio.timeout(4):
        numbers = await asyncio.gather(*(create(number) for number in range(6)))
    assert len(numbers) == 6
    await db.dispose()


async def test_a_block_is_not_used_for_long_because_its_series_may_go_on_elsewhere(
    shelf: RunningService, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers_module, "KEPT_SECONDS", 0.0)
    take = shelf.db.numbers.take
    assert await take("BX", unit, 2026) == ["BX-2026-000001"]
    assert await take("BX", unit, 2026) == ["BX-2026-000002"]
    other = Database(shelf.db.url.render_as_string(hide_password=False))
    [theirs] = await other.numbers.take("BX", unit, 2026)
    [mine] = await take("BX", unit, 2026)
    assert "BX-2026-000003" <= theirs < mine
    await other.dispose()

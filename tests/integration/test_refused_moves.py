"""Moves of units that are refused, and what waits for one under way."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1.unit_pb2 import Unit

from crm_kit import following
from crm_kit.principal import Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import somebody
from crm_leads.service import service as leads_service
from crm_reporting.service import service as reporting_service

from .moving import ID, Enterprise, enterprise


@pytest_asyncio.fixture
async def house(
    database_factory: DatabaseFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Enterprise]:
    monkeypatch.setattr(following, "SETTLED", timedelta(0))
    async with enterprise(database_factory, tmp_path / "keys", leads_service, reporting_service) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "below", "reason"),
    [
        ("/hq/", "/hq/east/", "Headquarters cannot be moved"),
        ("/hq/east/", "/hq/east/d1/", "parent_id: Choose a unit outside"),
        ("/hq/east/", "/hq/east/", "parent_id: Choose a unit outside"),
        ("/hq/east/d1/", "/hq/east/", "parent_id: It is below this unit"),
        ("/hq/east/d1/", "/hq/south/", "parent_id: A unit with this code"),
        ("/hq/east/", "/hq/a/b/c/d/e/f/g/h/i/j/", "parent_id: At most 12 levels"),
    ],
)
async def test_a_move_that_cannot_be_is_refused_by_its_reason(
    house: Enterprise, path: str, below: str, reason: str
) -> None:
    for each in ("/hq/east/d1/", "/hq/south/d1/", path, below):
        await house.unit(each)
    with pytest.raises(RemoteError, match=reason):
        await house.move(path, below)


async def test_a_name_of_a_sibling_is_refused(house: Enterprise) -> None:
    south = await house.unit("/hq/south/")
    await house.unit("/hq/east/d1/")
    twin = Unit(name="/hq/east/d1/", code="x", kind=Unit.DEALER, parent_id=south.id)
    await house.identity.call(f"{ID}.UnitService/CreateUnit", unit_pb.CreateUnitRequest(unit=twin), somebody())
    with pytest.raises(RemoteError, match="Rename"):
        await house.move("/hq/east/d1/", "/hq/south/")


async def test_what_touches_a_unit_on_its_way_waits(house: Enterprise) -> None:
    for path in ("/hq/west/", "/hq/east/d1/"):
        await house.unit(path)
    await house.move("/hq/east/d1/", "/hq/west/")
    for path, below in (("/hq/east/d1/", "/hq/"), ("/hq/east/", "/hq/west/"), ("/hq/west/", "/hq/east/")):
        with pytest.raises(RemoteError) as refused:
            await house.move(path, below)
        assert refused.value.reason == "MOVE_UNDER_WAY"
    again = Unit(name="another", code="d1", kind=Unit.DEALER, parent_id=(await house.unit("/hq/east/")).id)
    request = unit_pb.CreateUnitRequest(unit=again)
    with pytest.raises(RemoteError) as refused:
        await house.identity.call(f"{ID}.UnitService/CreateUnit", request, somebody())
    assert refused.value.reason == "MOVE_UNDER_WAY"
    await house.follow()
    await house.identity.call(f"{ID}.UnitService/CreateUnit", request, somebody())


async def test_nobody_moves_what_they_do_not_reach_at_both_ends(house: Enterprise) -> None:
    for path in ("/hq/west/", "/hq/east/d1/"):
        await house.unit(path)
    request = unit_pb.MoveUnitRequest(
        id=(await house.unit("/hq/east/d1/")).id, parent_id=(await house.unit("/hq/west/")).id
    )
    who = somebody(unit_path="/hq/east/", scope=Scope.SUBTREE)
    with pytest.raises(RemoteError) as refused:
        await house.identity.call(f"{ID}.UnitService/MoveUnit", request, who)
    assert refused.value.reason == "PERMISSION_DENIED"

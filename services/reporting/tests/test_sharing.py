"""Definitions and dashboards: who uses them, who shares them, who changes what is shared, and who is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from crm.identity.v1 import identity_events_pb2 as identity
from crm.identity.v1.unit_pb2 import Unit
from crm.reporting.v1 import dashboard_service_pb2 as board_pb
from crm.reporting.v1 import report_definition_service_pb2 as pb
from crm.reporting.v1 import reporting_events_pb2 as events
from crm.reporting.v1.dashboard_pb2 import Dashboard
from crm.reporting.v1.report_definition_pb2 import ReportDefinition
from sqlalchemy import text

from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_reporting.service import service

from .chronicle import HQ, History

OWN, BOARDS = "crm.reporting.v1.ReportDefinitionService", "crm.reporting.v1.DashboardService"
EAST, SHOP, WEST = "/hq/east/", "/hq/east/shop/", "/hq/west/"
PRIVATE, UNIT, EVERYONE = ReportDefinition.PRIVATE, ReportDefinition.UNIT, ReportDefinition.EVERYONE


def person(unit_path: str, scope: Scope = Scope.OWN) -> Principal:
    return somebody(unit_path=unit_path, scope=scope)


@dataclass
class Library:
    """The service, with short ways to keep definitions in it."""

    service: RunningService

    async def keep(self, who: Principal, **facts: Any) -> ReportDefinition:
        plain = {"name": "By source", "dataset": "leads", "rows": ["source"], "measures": ["count"]}
        request = pb.CreateReportDefinitionRequest(report_definition=ReportDefinition(**{**plain, **facts}))
        return await self.service.call(f"{OWN}/CreateReportDefinition", request, who)

    async def change(self, who: Principal, kept: ReportDefinition, **facts: Any) -> ReportDefinition:
        changed = ReportDefinition(id=kept.id, **facts)
        request = pb.UpdateReportDefinitionRequest(
            report_definition=changed, update_mask={"paths": [name for name in facts if name != "etag"]}
        )
        return await self.service.call(f"{OWN}/UpdateReportDefinition", request, who)

    async def remove(self, who: Principal, kept: ReportDefinition) -> None:
        await self.service.call(f"{OWN}/DeleteReportDefinition", pb.DeleteReportDefinitionRequest(id=kept.id), who)

    async def run(self, who: Principal, kept: ReportDefinition) -> Any:
        return await self.service.call(f"{OWN}/RunReportDefinition", pb.RunReportDefinitionRequest(id=kept.id), who)

    async def names(self, who: Principal) -> set[str]:
        page = await self.service.call(
            f"{OWN}/ListReportDefinitions", pb.ListReportDefinitionsRequest(page_size=200), who
        )
        return {kept.name for kept in page.report_definitions}

    async def board(self, who: Principal, **facts: Any) -> Dashboard:
        request = board_pb.CreateDashboardRequest(dashboard=Dashboard(**{"name": "Board", **facts}))
        return await self.service.call(f"{BOARDS}/CreateDashboard", request, who)


@pytest_asyncio.fixture(scope="module")
async def library(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Library]:
    history = History()
    for path in ("/hq/", EAST, SHOP, WEST):
        unit = Unit(id=str(uuid4()), name=path, path=path)
        history.add("unit", UUID(unit.id), "2026-01-01 08:00", identity.UnitCreated(unit=unit))
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        await history.deliver(made)
        yield Library(made)


async def refused(act: Any) -> str:
    with pytest.raises(RemoteError) as error:
        await act
    return error.value.reason


async def test_a_report_is_its_owners_alone_unless_shared(library: Library) -> None:
    me, colleague = person(EAST), person(EAST)
    mine = await library.keep(me, name="Mine alone")
    assert (mine.audience, mine.owner_id) == (PRIVATE, me.subject)
    assert "Mine alone" in await library.names(me)
    for other in (colleague, HQ):
        assert "Mine alone" not in await library.names(other)
        assert await refused(library.run(other, mine)) == "NOT_FOUND"
        assert await refused(library.change(other, mine, name="x")) == "NOT_FOUND"
        assert await refused(library.remove(other, mine)) == "NOT_FOUND"
    told = [
        event.message.report_definition.id for event in await library.service.announced(events.ReportDefinitionUpdated)
    ]
    assert mine.id not in told


async def test_a_units_report_is_used_in_the_unit_and_below_and_nowhere_else(library: Library) -> None:
    boss = person(EAST, Scope.SUBTREE)
    shared = await library.keep(boss, name="Of the shop", audience=UNIT, unit_path=SHOP)
    assert "Of the shop" in await library.names(person(SHOP))
    assert "Of the shop" not in await library.names(person(WEST))
    assert (await library.run(person(SHOP), shared)).title == "Of the shop"
    assert await refused(library.run(person(WEST), shared)) == "NOT_FOUND"


async def test_everybody_shares_as_far_as_their_right_reaches(library: Library) -> None:
    boss = person(EAST, Scope.SUBTREE)
    assert await refused(library.keep(person(EAST), audience=UNIT, unit_path=EAST)) == "NOT_SHAREABLE"
    assert await refused(library.keep(boss, audience=UNIT, unit_path=WEST)) == "NOT_SHAREABLE"
    assert await refused(library.keep(boss, audience=EVERYONE)) == "NOT_SHAREABLE"
    with pytest.raises(RemoteError, match="unit_path"):
        await library.keep(boss, audience=UNIT, unit_path="/hq/east/nowhere/")
    assert (await library.keep(HQ, name="For all", audience=EVERYONE)).audience == EVERYONE
    assert "For all" in await library.names(person(WEST))


async def test_a_shared_report_is_changed_by_its_owner_or_whoever_could_have_shared_it(library: Library) -> None:
    boss, deputy, rep = person(EAST, Scope.SUBTREE), person(EAST, Scope.SUBTREE), person(EAST)
    shared = await library.keep(boss, name="Ours", audience=UNIT, unit_path=EAST)
    assert await refused(library.change(rep, shared, name="Mine")) == "SHARED_BY_ANOTHER"
    assert await refused(library.remove(rep, shared)) == "SHARED_BY_ANOTHER"
    assert (await library.change(deputy, shared, name="Renamed")).name == "Renamed"
    assert await refused(library.change(boss, shared, name="Old", etag=shared.etag)) == "STALE_ETAG"
    with pytest.raises(RemoteError, match="audience"):
        await library.change(deputy, shared, audience=PRIVATE)
    await library.remove(deputy, shared)
    assert "Renamed" not in await library.names(boss)
    told = (await library.service.announced(events.ReportDefinitionUpdated))[-1].message
    assert (told.removed, told.report_definition.id) == (True, shared.id)


async def test_what_nobody_could_run_is_not_kept(library: Library) -> None:
    for wrong in (
        {"name": ""},
        {"dataset": "moons"},
        {"measures": []},
        {"rows": ["amount"]},
        {"filter": "moon = full"},
    ):
        with pytest.raises(RemoteError, match=next(iter(wrong))):
            await library.keep(HQ, **wrong)
    kept = await library.keep(HQ)
    with pytest.raises(RemoteError, match="measures"):
        await library.change(HQ, kept, dataset="deals", rows=["owner_id"], measures=["score.sum"])


async def test_a_board_is_told_of_and_keeps_its_tiles_in_order(library: Library) -> None:
    first, second = await library.keep(HQ), await library.keep(HQ)
    tiles = [
        {"report_definition_id": second.id, "width": 12, "chart": ReportDefinition.LINE},
        {"report_definition_id": first.id, "title": "来源"},
    ]
    board = await library.board(HQ, tiles=tiles, audience=Dashboard.EVERYONE)
    read = await library.service.call(f"{BOARDS}/GetDashboard", board_pb.GetDashboardRequest(id=board.id), person(WEST))
    assert [(tile.report_definition_id, tile.width, tile.chart, tile.title) for tile in read.tiles] == [
        (second.id, 12, ReportDefinition.LINE, ""),
        (first.id, 0, ReportDefinition.CHART_UNSPECIFIED, "来源"),
    ]
    assert (await library.service.announced(events.DashboardUpdated))[-1].message.dashboard.id == board.id


@pytest.mark.parametrize(
    ("tiles", "field"),
    [
        ([{"report_definition_id": "moon"}], r"tiles\[0\].report_definition_id"),
        ([{"report_definition_id": str(uuid4()), "width": 2}], r"tiles\[0\].width"),
        ([{"report_definition_id": str(uuid4()), "title": "x" * 61}], r"tiles\[0\].title"),
        ([{"report_definition_id": str(uuid4())}] * 21, "tiles"),
    ],
)
async def test_a_board_nobody_could_show_is_refused_by_tile(library: Library, tiles: Any, field: str) -> None:
    with pytest.raises(RemoteError, match=field):
        await library.board(HQ, tiles=tiles)


async def test_a_person_keeps_at_most_a_hundred(library: Library) -> None:
    me = person(EAST)
    first = await library.keep(me)
    async with library.service.db.session() as session:
        copies = text(
            "INSERT INTO report_definition SELECT (jsonb_populate_record(one, jsonb_build_object('id', uuidv7()))).*"
            " FROM report_definition AS one, generate_series(1, 99) WHERE one.id = :id"
        )
        await session.execute(copies, {"id": UUID(first.id)})
        await session.commit()
    assert await refused(library.keep(me)) == "TOO_MANY_KEPT"
    await library.remove(me, first)
    assert (await library.keep(me)).id

"""A unit moves: its records follow in every service, and nobody sees more meanwhile than before or after."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from crm.leads.v1 import distribution_rule_service_pb2 as rule_pb
from crm.leads.v1 import lead_service_pb2 as lead_pb
from crm.leads.v1.distribution_rule_pb2 import DistributionRule
from crm.leads.v1.lead_pb2 import Lead
from sqlalchemy import text

from crm_kit import following
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, somebody
from crm_leads.service import service as leads_service
from crm_reporting.service import service as reporting_service

from .moving import LEADS, Enterprise, Killed, enterprise, ids, phone_of


@pytest_asyncio.fixture
async def house(
    database_factory: DatabaseFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Enterprise]:
    monkeypatch.setattr(following, "SETTLED", timedelta(0))
    async with enterprise(database_factory, tmp_path / "keys", leads_service, reporting_service) as made:
        yield made


async def rows(service: RunningService, statement: str, **values: Any) -> list[Any]:
    async with service.db.connect() as connection:
        return list((await connection.execute(text(statement), values)).all())


async def paths_in(service: RunningService, table: str) -> set[str]:
    return {row[0] for row in await rows(service, f"SELECT DISTINCT unit_path FROM {table}")}


async def dealer(house: Enterprise, path: str = "/hq/east/d1/", login: str = "dealer") -> str:
    """A dealer with three leads; answers the token of its manager."""
    await house.user(login, path)
    token = await house.sign_in(login)
    for number in range(3):
        await house.lead(await house.who(token), name=f"{login} {number}", phone=phone_of(f"{login} {number}"))
    await house.tell()
    return token


async def test_records_reports_and_people_are_where_the_unit_is_now(house: Enterprise) -> None:
    await house.unit("/hq/west/")
    token = await dealer(house)
    moved = await house.move("/hq/east/d1/", "/hq/west/")
    assert (moved.path, moved.former_path, list(moved.moving_services)) == (
        "/hq/west/d1/",
        "/hq/east/d1/",
        ["leads", "reporting"],
    )
    await house.follow()
    after = await house.now(moved.id)
    assert (after.path, after.former_path, list(after.moving_services)) == ("/hq/west/d1/", "", [])
    leads, reporting = house.keepers["leads"], house.keepers["reporting"]
    for table in ("lead", "submission", "number_series"):
        assert await paths_in(leads, table) == {"/hq/west/d1/"}, table
    assert await paths_in(leads, "known_user") == {"/hq/", "/hq/west/d1/"}
    assert await paths_in(reporting, "lead_fact") == {"/hq/west/d1/"}
    assert [row[0] for row in await rows(reporting, "SELECT path FROM unit_dim WHERE name = '/hq/east/d1/'")] == [
        "/hq/west/d1/"
    ]
    who = await house.who(token)
    assert (who.unit_path, who.positions, len(await house.leads_of(who))) == ("/hq/west/d1/", (), 3)


async def test_while_it_moves_members_and_new_superiors_see_it_and_old_ones_do_not(house: Enterprise) -> None:
    for login, path in (("boss", "/hq/"), ("east", "/hq/east/"), ("west", "/hq/west/")):
        await house.user(login, path)
    tokens = {login: await house.sign_in(login) for login in ("boss", "east", "west")}
    tokens["dealer"] = await dealer(house)

    async def seen() -> dict[str, int]:
        return {login: len(await house.leads_of(await house.who(token))) for login, token in tokens.items()}

    assert await seen() == {"boss": 3, "east": 3, "west": 0, "dealer": 3}
    await house.move("/hq/east/d1/", "/hq/west/")
    now = {"boss": 3, "east": 0, "west": 3, "dealer": 3}
    assert await seen() == now
    await house.keepers["leads"].hear(house.identity)
    assert await seen() == now
    await house.keepers["leads"].follow()
    assert await seen() == now
    await house.follow()
    assert await seen() == now


async def test_what_was_announced_from_the_former_place_is_kept_at_the_new_one(house: Enterprise) -> None:
    await house.unit("/hq/west/")
    token = await dealer(house)
    leads, reporting = house.keepers["leads"], house.keepers["reporting"]
    who = await house.who(token)
    late = await house.lead(who, name="late", phone="13811112222")
    await house.move("/hq/east/d1/", "/hq/west/")
    await reporting.hear(house.identity)
    await reporting.follow()
    await reporting.hear(leads)
    assert await paths_in(reporting, "lead_fact") == {"/hq/west/d1/"}
    assert late.unit_path == "/hq/east/d1/"


async def test_a_service_killed_in_the_middle_goes_on_where_it_stood(
    house: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.unit("/hq/west/")
    await dealer(house)
    moved = await house.move("/hq/east/d1/", "/hq/west/")
    await house.tell()
    leads = house.keepers["leads"]
    assert leads.parts.following is not None
    jobs = leads.parts.following.jobs
    real, pieces = following.ownership.move_unit, []

    async def dies(*given: Any) -> int:
        found = await real(*given)
        if given[1].table.name == "lead" and found:
            pieces.append(found)
            raise Killed
        return found

    monkeypatch.setattr(following.ownership, "move_unit", dies)
    [(row, lease)] = await jobs.take(1)
    with pytest.raises(Killed):
        await jobs.work_on(row, lease)
    monkeypatch.setattr(following.ownership, "move_unit", real)
    assert await paths_in(leads, "lead") == {"/hq/east/d1/"}
    await leads_lease_over(leads)
    await house.follow()
    assert await paths_in(leads, "lead") == {"/hq/west/d1/"}
    assert (await house.now(moved.id)).former_path == ""


async def leads_lease_over(leads: RunningService) -> None:
    async with leads.db.connect() as connection:
        await connection.execute(text("UPDATE job SET lease_until = now() - interval '1 s' WHERE state = 'running'"))


async def test_two_units_move_side_by_side(house: Enterprise) -> None:
    await house.unit("/hq/west/")
    tokens = [await dealer(house), await dealer(house, "/hq/south/d2/", "other")]
    first = await house.move("/hq/east/d1/", "/hq/west/")
    second = await house.move("/hq/south/d2/", "/hq/west/")
    await house.follow()
    assert await paths_in(house.keepers["leads"], "lead") == {"/hq/west/d1/", "/hq/west/d2/"}
    for unit in (first, second):
        assert (await house.now(unit.id)).former_path == ""
    seen = [ids(await house.leads_of(await house.who(token))) for token in tokens]
    assert [len(each) for each in seen] == [3, 3]
    assert not seen[0] & seen[1]


async def test_back_and_forth_leads_back(house: Enterprise) -> None:
    await house.unit("/hq/west/")
    await dealer(house)
    await house.move("/hq/east/d1/", "/hq/west/")
    await house.follow()
    await house.move("/hq/east/d1/", "/hq/east/")
    await house.follow()
    assert await paths_in(house.keepers["reporting"], "lead_fact") == {"/hq/east/d1/"}
    assert await paths_in(house.keepers["leads"], "lead") == {"/hq/east/d1/"}


async def test_numbers_go_on_behind_those_given_at_the_former_place(house: Enterprise) -> None:
    await house.unit("/hq/west/")
    token = await dealer(house)
    before = {lead.number for lead in await house.leads_of(await house.who(token))}
    await house.move("/hq/east/d1/", "/hq/west/")
    await house.follow()
    assert {lead.number for lead in await house.leads_of(await house.who(token))} == before
    later = await house.lead(await house.who(token), name="later", phone="13855556666")
    assert later.number > max(before)


async def test_shares_with_a_unit_follow_it(house: Enterprise) -> None:
    await house.unit("/hq/west/")
    token = await dealer(house)
    [other] = [await house.lead(somebody(unit_path="/hq/north/"), name="theirs", phone="13877778888")]
    async with house.keepers["leads"].db.connect() as connection:
        await connection.execute(
            text(
                "INSERT INTO record_share (id, record_type, record_id, grantee, access, reason, granted_by, create_time)"
                " VALUES (uuidv7(), 'lead', :id, 'unit:/hq/east/d1/', 'READ', '', 'test', now())"
            ),
            {"id": other.id},
        )
    house.keepers["leads"].db.shares.forget()
    await house.move("/hq/east/d1/", "/hq/west/")
    assert len(await house.leads_of(await house.who(token))) == 4
    await house.follow()
    house.keepers["leads"].db.shares.forget()
    assert len(await house.leads_of(await house.who(token))) == 4


async def test_every_row_that_moved_has_a_fact_and_a_new_version(house: Enterprise) -> None:
    await house.unit("/hq/west/")
    await dealer(house)
    before = {row.id: row.version for row in await rows(house.keepers["leads"], "SELECT id, version FROM lead")}
    await house.move("/hq/east/d1/", "/hq/west/")
    await house.follow()
    after = await rows(house.keepers["leads"], "SELECT id, version FROM lead")
    assert {row.id: row.version - 1 for row in after} == before
    request = lead_pb.GetLeadRequest(id=str(after[0].id))
    lead: Lead = await house.keepers["leads"].call(f"{LEADS}/GetLead", request, somebody())
    assert lead.unit_path == "/hq/west/d1/"


async def test_a_dealer_that_refused_a_lead_is_not_asked_again_because_it_moved(house: Enterprise) -> None:
    for path in ("/hq/west/", "/hq/east/d1/", "/hq/south/d2/"):
        await house.unit(path)
    await house.tell()
    leads = house.keepers["leads"]
    for place, target in enumerate(("/hq/east/d1/", "/hq/south/d2/"), start=1):
        facts = {"unit_path": "/hq/", "target_unit_path": target, "method": DistributionRule.POOL}
        rule = DistributionRule(name=target, position=place, accept_hours=8, **facts)
        request = rule_pb.CreateDistributionRuleRequest(distribution_rule=rule)
        await leads.call("crm.leads.v1.DistributionRuleService/CreateDistributionRule", request, somebody())
    offered = await house.lead(somebody(), name="somebody", phone="13822223333")
    request = lead_pb.RefuseLeadRequest(id=offered.id, reason="too far")
    await leads.call(f"{LEADS}/RefuseLead", request, somebody())
    assert await rows(leads, "SELECT unit_path, refused_paths FROM lead") == [("/hq/south/d2/", ["/hq/east/d1/"])]
    await house.move("/hq/east/d1/", "/hq/west/")
    await house.follow()
    assert await rows(leads, "SELECT unit_path, refused_paths FROM lead") == [("/hq/south/d2/", ["/hq/west/d1/"])]
    await leads.call(f"{LEADS}/RefuseLead", request, somebody())
    now: Lead = await leads.call(f"{LEADS}/GetLead", lead_pb.GetLeadRequest(id=offered.id), somebody())
    assert (now.state, now.unit_path) == (Lead.UNPLACED, "/hq/")


async def test_everybody_who_has_a_copy_of_units_and_people_hears_of_each(house: Enterprise) -> None:
    await house.unit("/hq/west/")
    await house.user("li.na", "/hq/east/d1/")
    await house.user("wang", "/hq/east/d1/shop/")
    await house.move("/hq/east/d1/", "/hq/west/")
    await house.tell()
    assert {row.unit_path for row in await rows(house.keepers["reporting"], "SELECT unit_path FROM user_dim")} == {
        "/hq/",
        "/hq/west/d1/",
        "/hq/west/d1/shop/",
    }
    assert {row.path for row in await rows(house.keepers["reporting"], "SELECT path FROM unit_dim")} == {
        "/hq/",
        "/hq/east/",
        "/hq/west/",
        "/hq/west/d1/",
        "/hq/west/d1/shop/",
    }

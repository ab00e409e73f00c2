"""Many leads at once: the same rules as one by one, and the way back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1 import leads_events_pb2 as events
from crm.leads.v1.lead_pb2 import Lead
from crm.ops.v1 import bulk_change_service_pb2 as bulk_pb
from crm.ops.v1.bulk_change_pb2 import BulkChange, BulkChangeResult

from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.identity import People, identity_at_the_wire
from crm_kit.testing.service import RunningService, running, somebody
from crm_leads.service import service

from .house import HERE, HQ, LEADS, THERE, build, capture

BULK = "crm.ops.v1.BulkChangeService"


@pytest.fixture
async def people() -> AsyncIterator[People]:
    async with identity_at_the_wire() as made:
        yield made


@pytest.fixture
async def leads(database_factory: DatabaseFactory, tmp_path: Path, people: People) -> AsyncIterator[RunningService]:
    peers = {"identity": people.address}
    async with running(service, database_factory, tmp_path / "keys", peers=peers) as made:
        await build(made)
        yield made


async def ask(leads: RunningService, who: Principal, verb: str, body: dict[str, Any], **about: Any) -> BulkChange:
    change = BulkChange(service="leads", resource="leads", verb=verb, **about)
    change.body.update(body)
    made: BulkChange = await leads.call(
        f"{BULK}/CreateBulkChange", bulk_pb.CreateBulkChangeRequest(bulk_change=change), who
    )
    return made


async def done(leads: RunningService, who: Principal, made: BulkChange) -> BulkChange:
    await leads.change_in_bulk()
    request = bulk_pb.GetBulkChangeRequest(service="leads", id=made.id)
    ended: BulkChange = await leads.call(f"{BULK}/GetBulkChange", request, who)
    return ended


async def undone(leads: RunningService, who: Principal, made: BulkChange) -> BulkChange:
    request = bulk_pb.UndoBulkChangeRequest(service="leads", id=made.id)
    return await done(leads, who, await leads.call(f"{BULK}/UndoBulkChange", request, who))


async def results(leads: RunningService, who: Principal, made: BulkChange) -> list[BulkChangeResult]:
    request = bulk_pb.ListBulkChangeResultsRequest(service="leads", id=made.id)
    return list((await leads.call(f"{BULK}/ListBulkChangeResults", request, who)).results)


async def read(leads: RunningService, who: Principal, id: str) -> Lead:
    found: Lead = await leads.call(f"{LEADS}/GetLead", pb.GetLeadRequest(id=id), who)
    return found


async def some(leads: RunningService, who: Principal, count: int, **facts: Any) -> list[Lead]:
    return [
        await capture(leads, who, name=f"张{uuid4().hex[:4]}", phone=f"1380013{number:04d}", company="", **facts)
        for number in range(count)
    ]


async def test_leads_are_handed_over_and_back(leads: RunningService, people: People) -> None:
    manager = people.add(somebody(unit_path=HERE, scope=Scope.SUBTREE))
    first, second = str(uuid4()), str(uuid4())
    owned = await some(leads, manager, 3)
    await done(leads, manager, await ask(leads, manager, "assign", {"owner_id": first}, ids=[one.id for one in owned]))
    asked = await ask(leads, manager, "assign", {"owner_id": second}, filter=f'owner_id = "{first}"', all_matching=True)
    ended = await done(leads, manager, asked)
    assert (ended.changed_count, ended.undoable) == (3, True)
    assert len(await leads.announced(events.LeadAssigned)) == 6, "every hand-over is announced as always"
    back = await undone(leads, manager, ended)
    assert (back.verb, back.changed_count) == ("assign", 3)
    assert {(await read(leads, manager, one.id)).owner_id for one in owned} == {first}


async def test_leads_that_nobody_owned_go_back_to_their_pool(leads: RunningService, people: People) -> None:
    manager = people.add(somebody(unit_path=HERE, scope=Scope.SUBTREE))
    pooled = await some(leads, manager, 2)
    asked = await ask(leads, manager, "assign", {"owner_id": str(uuid4())}, ids=[one.id for one in pooled])
    back = await undone(leads, manager, await done(leads, manager, asked))
    assert (back.changed_count, back.refused_count) == (2, 0)
    assert {((lead := await read(leads, manager, one.id)).state, lead.owner_id) for one in pooled} == {
        (Lead.POOLED, "")
    }


async def test_a_claim_is_taken_back_by_releasing(leads: RunningService, people: People) -> None:
    seller = people.add(somebody(unit_path=HERE, scope=Scope.UNIT))
    pooled = await some(leads, seller, 2)
    ended = await done(leads, seller, await ask(leads, seller, "claim", {}, ids=[one.id for one in pooled]))
    assert ended.changed_count == 2
    again = await done(leads, seller, await ask(leads, seller, "claim", {}, ids=[pooled[0].id]))
    [refused] = await results(leads, seller, again)
    assert (refused.reason, refused.name) == ("LEAD_ALREADY_CLAIMED", pooled[0].name)
    back = await undone(leads, seller, ended)
    assert (back.verb, back.changed_count) == ("release", 2)
    assert {(await read(leads, seller, one.id)).state for one in pooled} == {Lead.POOLED}


async def test_a_dealer_s_filter_takes_only_what_the_dealer_sees(leads: RunningService, people: People) -> None:
    house = people.add(somebody(unit_path=HQ, scope=Scope.ALL))
    here = people.add(somebody(unit_path=HERE, scope=Scope.UNIT))
    there = people.add(somebody(unit_path=THERE, scope=Scope.UNIT))
    mine, theirs = await some(leads, here, 2), await capture(leads, there, phone="13900139000")
    ended = await done(leads, here, await ask(leads, here, "update", {"source": "fair"}, all_matching=True))
    assert (ended.record_count, ended.changed_count) == (2, 2)
    assert (await read(leads, house, theirs.id)).source == theirs.source
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{BULK}/GetBulkChange", bulk_pb.GetBulkChangeRequest(service="leads", id=ended.id), there)
    assert refused.value.reason == "NOT_FOUND"
    named = await done(leads, here, await ask(leads, here, "update", {"city": "上海"}, ids=[mine[0].id, theirs.id]))
    assert (named.changed_count, named.refused_count) == (1, 1)


async def test_what_reaches_a_person_is_changed_one_by_one(leads: RunningService, people: People) -> None:
    seller = people.add(somebody(unit_path=HERE))
    lead = await capture(leads, seller)
    with pytest.raises(RemoteError) as refused:
        await ask(leads, seller, "update", {"phone": "13900139001"}, ids=[lead.id])
    assert refused.value.reason == "INVALID_ARGUMENT"
    assert "one person's" in str(refused.value)


async def test_an_update_keeps_the_rules_of_leads_and_is_undone(leads: RunningService, people: People) -> None:
    seller = people.add(somebody(unit_path=HERE))
    some_leads = await some(leads, seller, 2, city="Berlin")
    ids = [one.id for one in some_leads]
    ended = await done(leads, seller, await ask(leads, seller, "update", {"city": "上海", "tags": ["fair"]}, ids=ids))
    assert ended.changed_count == 2
    assert [fact.message.lead.city for fact in await leads.announced(events.LeadUpdated)] == ["上海", "上海"]
    await undone(leads, seller, ended)
    assert [((lead := await read(leads, seller, id)).city, list(lead.tags), lead.phone) for id in ids] == [
        (one.city, [], one.phone) for one in some_leads
    ]

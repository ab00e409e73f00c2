"""Models of territories, their trees and their people, through the RPCs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import territory_model_service_pb2 as model_pb
from crm.identity.v1 import territory_service_pb2 as pb
from crm.identity.v1.territory_pb2 import Territory, TerritoryModel
from sqlalchemy import text

from crm_kit.field_rules import FieldRule, Read
from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

from .test_identity import a_user, acting_as, headquarters, refused, sign_in, who_is

V1 = "crm.identity.v1"


async def ask(identity: RunningService, path: str, request: Any, who: Principal | None = None) -> Any:
    return await identity.call(f"{V1}.{path}", request, who or somebody())


async def a_model(identity: RunningService, name: str = "2026", who: Principal | None = None) -> TerritoryModel:
    request = model_pb.CreateTerritoryModelRequest(territory_model=TerritoryModel(name=name))
    return await ask(identity, "TerritoryModelService/CreateTerritoryModel", request, who)


async def a_territory(identity: RunningService, model: TerritoryModel, code: str, **facts: Any) -> Territory:
    made = Territory(**{"model_id": model.id, "code": code, "name": code.upper(), **facts})
    return await ask(identity, "TerritoryService/CreateTerritory", pb.CreateTerritoryRequest(territory=made))


async def change(identity: RunningService, territory: Territory, **facts: Any) -> Territory:
    request = pb.UpdateTerritoryRequest(
        territory=Territory(id=territory.id, **facts), update_mask={"paths": list(facts)}
    )
    return await ask(identity, "TerritoryService/UpdateTerritory", request)


async def now(identity: RunningService, territory: Territory) -> Territory:
    return await ask(identity, "TerritoryService/GetTerritory", pb.GetTerritoryRequest(id=territory.id))


async def activate(identity: RunningService, model: TerritoryModel, **when: Any) -> TerritoryModel:
    request = model_pb.ActivateTerritoryModelRequest(id=model.id, **when)
    return await ask(identity, "TerritoryModelService/ActivateTerritoryModel", request)


async def archive(identity: RunningService, model: TerritoryModel) -> TerritoryModel:
    request = model_pb.ArchiveTerritoryModelRequest(id=model.id)
    return await ask(identity, "TerritoryModelService/ArchiveTerritoryModel", request)


async def state(identity: RunningService, model: TerritoryModel) -> str:
    request = model_pb.GetTerritoryModelRequest(id=model.id)
    found = await ask(identity, "TerritoryModelService/GetTerritoryModel", request)
    return TerritoryModel.State.Name(found.state)


async def violation(answer: Any) -> str:
    with pytest.raises(RemoteError) as found:
        await answer
    return str(found.value)


async def test_a_territory_moves_with_all_below_it_and_never_below_itself(identity: RunningService) -> None:
    model = await a_model(identity)
    china = await a_territory(identity, model, "china")
    east = await a_territory(identity, model, "east", parent_id=china.id)
    shanghai = await a_territory(identity, model, "shanghai", parent_id=east.id)
    assert list(shanghai.ancestor_ids) == [china.id, east.id]
    asia = await a_territory(identity, model, "asia")
    await change(identity, china, parent_id=asia.id)
    assert list((await now(identity, shanghai)).ancestor_ids) == [asia.id, china.id, east.id]
    told = {one.message.territory.code for one in (await identity.announced(events.TerritoryUpdated))[-3:]}
    assert told == {"china", "east", "shanghai"}
    assert "parent_id" in await violation(change(identity, asia, parent_id=shanghai.id))
    removal = pb.DeleteTerritoryRequest(id=east.id)
    assert await refused(ask(identity, "TerritoryService/DeleteTerritory", removal)) == "TERRITORY_IN_USE"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"rule": "provinz = SH"}, "provinz"),
        ({"rule": "create_time > 2026-01-01"}, "create_time"),
        ({"rule": "headcount >"}, "rule"),
        ({"code": "Not A Code"}, "code"),
        ({"name": " "}, "name"),
        ({"writer_ids": ["019b0000-0000-7000-8000-000000000001"]}, "writer_ids"),
        ({"parent_id": "019b0000-0000-7000-8000-000000000001"}, "parent_id"),
        ({"model_id": "019b0000-0000-7000-8000-000000000001"}, "model_id"),
    ],
)
async def test_what_a_territory_cannot_be_is_refused_by_field(
    identity: RunningService, facts: dict[str, Any], field: str
) -> None:
    model = await a_model(identity)
    assert field in await violation(a_territory(identity, model, **{"code": "east", **facts}))


async def test_one_model_is_in_force_and_is_redrawn_only_by_a_copy(identity: RunningService) -> None:
    first = await a_model(identity)
    top = await a_territory(identity, first, "china", rule='country_code = "CN"')
    below = await a_territory(identity, first, "east", parent_id=top.id, inherit=True, priority=3)
    await activate(identity, first)
    assert await refused(change(identity, below, rule="kind = vip")) == "MODEL_NOT_IN_PLANNING"
    assert (await change(identity, below, name="East")).name == "East"
    copied = model_pb.CopyTerritoryModelRequest(id=first.id, name="2027")
    copy = await ask(identity, "TerritoryModelService/CopyTerritoryModel", copied)
    assert (copy.source_model_id, await state(identity, copy)) == (first.id, "PLANNING")
    request = pb.ListTerritoriesRequest(filter=f'model_id = "{copy.id}"')
    china, east = (await ask(identity, "TerritoryService/ListTerritories", request)).territories
    assert (china.code, china.rule, east.name, east.priority) == ("china", top.rule, "East", 3)
    assert list(east.ancestor_ids) == [china.id]
    assert {china.id, east.id}.isdisjoint({top.id, below.id})
    await change(identity, east, rule="kind = vip")
    await activate(identity, copy)
    assert (await state(identity, first), await state(identity, copy)) == ("ARCHIVED", "ACTIVE")
    [_, told] = await identity.announced(events.TerritoryModelActivated)
    assert (told.message.territory_model.id, told.message.previous_model_id) == (copy.id, first.id)
    assert not await identity.announced(events.TerritoryModelArchived)
    assert await refused(activate(identity, first)) == "MODEL_NOT_IN_PLANNING"
    removal = model_pb.DeleteTerritoryModelRequest(id=copy.id)
    assert await refused(ask(identity, "TerritoryModelService/DeleteTerritoryModel", removal)) == "MODEL_IN_FORCE"
    await archive(identity, copy)
    assert await refused(archive(identity, copy)) == "MODEL_ARCHIVED"


async def test_a_model_takes_effect_at_its_time_unless_it_ended_before(identity: RunningService) -> None:
    soon = datetime.now(UTC) + timedelta(days=2)
    planned, given_up = await a_model(identity), await a_model(identity, "never")
    for model in (planned, given_up):
        assert (await activate(identity, model, effective_time=soon)).effective_time.ToDatetime(UTC) == soon
    await archive(identity, given_up)
    assert await state(identity, planned) == "PLANNING"
    timers = identity.parts.timers
    assert timers is not None
    timers._clock = lambda: soon + timedelta(seconds=1)
    assert await timers.fire_due() == 1
    assert (await state(identity, planned), await state(identity, given_up)) == ("ACTIVE", "ARCHIVED")


async def test_a_caller_is_told_of_the_territories_in_force_and_of_no_others(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await headquarters(identity))
    token = (await sign_in(identity, "li.na")).token
    model = await a_model(identity)
    east = await a_territory(identity, model, "east", writer_ids=[user.id], reader_ids=[user.id])
    west = await a_territory(identity, model, "west", reader_ids=[user.id, user.id])
    assert (list(east.reader_ids), list(west.reader_ids)) == ([], [user.id])
    assert not (await who_is(identity, token)).territory_ids
    await activate(identity, model)
    caller = await who_is(identity, token)
    assert set(caller.territory_ids) == {east.id, west.id}
    assert list(caller.read_only_territory_ids) == [west.id]
    await change(identity, east, writer_ids=[])
    assert list((await identity.announced(events.AccessChanged))[-1].message.ids) == [user.id]
    assert list((await who_is(identity, token)).territory_ids) == [west.id]
    await archive(identity, model)
    assert (await identity.announced(events.AccessChanged))[-1].message.everybody
    assert not (await who_is(identity, token)).territory_ids


async def test_territories_are_drawn_by_those_whose_right_reaches_everywhere_and_in_their_own_name(
    identity: RunningService,
) -> None:
    unit = await headquarters(identity)
    await a_user(identity, "boss", unit, roles=["sales_manager"])
    await a_user(identity, "ops", unit, roles=["sales_operations"])
    model = await a_model(identity, who=await acting_as(identity, "ops"))
    boss = await acting_as(identity, "boss")
    listing = model_pb.ListTerritoryModelsRequest()
    assert len((await ask(identity, "TerritoryModelService/ListTerritoryModels", listing, boss)).territory_models) == 1
    assert await refused(a_model(identity, "mine", boss)) == "PERMISSION_DENIED"
    assert await refused(a_model(identity, "mine", somebody(scope=Scope.SUBTREE))) == "PERMISSION_DENIED"
    removal = model_pb.DeleteTerritoryModelRequest(id=model.id)
    await a_territory(identity, model, "east")
    await ask(identity, "TerritoryModelService/DeleteTerritoryModel", removal, await acting_as(identity, "ops"))
    assert [one.message.removed for one in await identity.announced(events.TerritoryUpdated)] == [False, True]


async def test_who_does_not_see_a_field_asks_nothing_about_it(identity: RunningService) -> None:
    model = await a_model(identity)
    blind = replace(somebody(), field_rules=(FieldRule("customers.customer.credit_rating", Read.HIDDEN),))
    made = Territory(model_id=model.id, code="east", name="East", rule="credit_rating = low")
    request = pb.CreateTerritoryRequest(territory=made)
    assert await refused(ask(identity, "TerritoryService/CreateTerritory", request, blind)) == "FIELD_UNREADABLE"


async def test_the_database_keeps_two_models_from_being_in_force(identity: RunningService) -> None:
    await activate(identity, await a_model(identity))
    other = await a_model(identity, "other")
    with pytest.raises(Exception, match="uq_territory_model_state"):
        await identity.administer(f"UPDATE territory_model SET state = 'ACTIVE' WHERE id = '{other.id}'")
    async with identity.db.connect() as connection:
        rows = (await connection.execute(text("SELECT 1 FROM territory_model WHERE state = 'ACTIVE'"))).all()
    assert len(rows) == 1

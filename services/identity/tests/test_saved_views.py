"""Views of lists: who uses them, who shares them with whom, who changes what is shared."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import saved_view_service_pb2 as pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.preference_service_pb2 import GetPreferencesRequest
from crm.identity.v1.saved_view_pb2 import SavedView
from crm.identity.v1.unit_pb2 import Unit
from sqlalchemy import text

from crm_kit.access import unscoped
from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

from .test_identity import a_unit, a_user, acting_as, refused
from .test_preferences import say

VIEWS = "crm.identity.v1.SavedViewService"
MIGRATION = Path(__file__).parents[1] / "migrations" / "versions" / "0012_saved_views.py"


def a_view(**facts: Any) -> SavedView:
    plain = {"resource": "leads.lead", "name": "Shanghai", "filter": 'city = "上海"', "columns": ["name", "phone"]}
    return SavedView(**{**plain, **facts})


async def save(identity: RunningService, who: Principal, **facts: Any) -> SavedView:
    request = pb.CreateSavedViewRequest(saved_view=a_view(**facts))
    return await identity.call(f"{VIEWS}/CreateSavedView", request, who)


async def change(identity: RunningService, who: Principal, view: SavedView, **facts: Any) -> SavedView:
    changed = SavedView(id=view.id, **facts)
    request = pb.UpdateSavedViewRequest(saved_view=changed, update_mask={"paths": [n for n in facts if n != "etag"]})
    return await identity.call(f"{VIEWS}/UpdateSavedView", request, who)


async def remove(identity: RunningService, who: Principal, view: SavedView) -> None:
    await identity.call(f"{VIEWS}/DeleteSavedView", pb.DeleteSavedViewRequest(id=view.id), who)


async def read(identity: RunningService, who: Principal, view: SavedView) -> SavedView:
    return await identity.call(f"{VIEWS}/GetSavedView", pb.GetSavedViewRequest(id=view.id), who)


async def names(identity: RunningService, who: Principal, **asked: Any) -> list[str]:
    page = await identity.call(f"{VIEWS}/ListSavedViews", pb.ListSavedViewsRequest(order_by="name", **asked), who)
    return [view.name for view in page.saved_views]


async def a_person(identity: RunningService, login: str, unit: Unit, *roles: str) -> Principal:
    await a_user(identity, login, unit, roles=list(roles or ("sales_rep",)))
    return await acting_as(identity, login)


async def test_a_view_keeps_what_the_list_showed_and_is_private_unless_shared(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    me = await a_person(identity, "li.na", east)
    colleague = await a_person(identity, "wang", east)
    made = await save(identity, me, order_by="create_time desc", search="上海", layout="board")
    assert (made.audience, made.owner_id, list(made.columns)) == (SavedView.PRIVATE, me.subject, ["name", "phone"])
    assert await read(identity, me, made) == made
    assert await names(identity, me) == ["Shanghai"]
    assert await names(identity, colleague) == []
    for act in (read(identity, colleague, made), change(identity, colleague, made, name="x")):
        assert await refused(act) == "NOT_FOUND"
    assert await refused(remove(identity, colleague, made)) == "NOT_FOUND"
    assert await identity.announced(events.SavedViewUpdated) == []


async def test_administrators_see_no_private_views_of_others(identity: RunningService) -> None:
    me = await a_person(identity, "li.na", await a_unit(identity, "east"))
    made = await save(identity, me)
    assert await names(identity, somebody()) == []
    assert await refused(read(identity, somebody(), made)) == "NOT_FOUND"
    assert await refused(remove(identity, somebody(), made)) == "NOT_FOUND"


async def test_a_units_view_is_used_in_the_unit_and_below_and_nowhere_else(identity: RunningService) -> None:
    east, west = await a_unit(identity, "east"), await a_unit(identity, "west")
    shop = await a_unit(identity, "shop", parent_id=east.id)
    boss = await a_person(identity, "boss", east, "sales_manager")
    await save(identity, boss, name="East", audience=SavedView.UNIT, unit_path=east.path)
    below = await save(identity, boss, name="Shop", audience=SavedView.UNIT, unit_path=shop.path)
    in_shop = await a_person(identity, "chen", shop)
    in_east = await a_person(identity, "li.na", east)
    in_west = await a_person(identity, "zhou", west)
    assert await names(identity, in_shop) == ["East", "Shop"]
    assert await names(identity, in_east) == ["East"]
    assert await names(identity, in_west) == []
    assert await refused(read(identity, in_east, below)) == "NOT_FOUND"
    assert [event.message.saved_view.name for event in await identity.announced(events.SavedViewUpdated)] == [
        "East",
        "Shop",
    ]


async def test_everybody_shares_as_far_as_their_right_reaches(identity: RunningService) -> None:
    east, west = await a_unit(identity, "east"), await a_unit(identity, "west")
    rep = await a_person(identity, "li.na", east)
    boss = await a_person(identity, "boss", east, "sales_manager")
    unit = {"audience": SavedView.UNIT}
    assert await refused(save(identity, rep, **unit, unit_path=east.path)) == "SAVED_VIEW_NOT_SHAREABLE"
    assert await refused(save(identity, boss, **unit, unit_path=west.path)) == "SAVED_VIEW_NOT_SHAREABLE"
    assert await refused(save(identity, boss, audience=SavedView.EVERYONE)) == "SAVED_VIEW_NOT_SHAREABLE"
    with pytest.raises(RemoteError, match="unit_path"):
        await save(identity, boss, **unit, unit_path="/hq/nowhere/")
    own = await save(identity, boss)
    assert await refused(change(identity, boss, own, **unit, unit_path=west.path)) == "SAVED_VIEW_NOT_SHAREABLE"
    assert (await change(identity, boss, own, **unit, unit_path=east.path)).unit_path == east.path
    everyones = await save(identity, somebody(), name="All", audience=SavedView.EVERYONE)
    assert (await read(identity, rep, everyones)).name == "All"


async def test_a_shared_view_is_changed_by_its_owner_or_whoever_could_have_shared_it(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    boss = await a_person(identity, "boss", east, "sales_manager")
    deputy = await a_person(identity, "deputy", east, "sales_manager")
    rep = await a_person(identity, "li.na", east)
    shared = await save(identity, boss, audience=SavedView.UNIT, unit_path=east.path)
    assert await refused(change(identity, rep, shared, name="Mine")) == "SAVED_VIEW_OF_ANOTHER"
    assert await refused(remove(identity, rep, shared)) == "SAVED_VIEW_OF_ANOTHER"
    assert (await change(identity, deputy, shared, name="Ours")).name == "Ours"
    with pytest.raises(RemoteError, match="audience"):
        await change(identity, deputy, shared, audience=SavedView.PRIVATE)
    assert await refused(change(identity, boss, shared, name="Old", etag=shared.etag)) == "STALE_ETAG"
    hidden = await change(identity, boss, shared, audience=SavedView.PRIVATE)
    assert (hidden.owner_id, await names(identity, rep)) == (boss.subject, [])
    again = await change(identity, boss, hidden, audience=SavedView.UNIT, unit_path=east.path)
    await remove(identity, deputy, again)
    assert await names(identity, boss) == []
    assert (await identity.announced(events.SavedViewUpdated))[-1].message.removed


async def test_a_shared_view_stays_when_its_owner_leaves(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    boss = await a_person(identity, "boss", east, "sales_manager")
    rep = await a_person(identity, "li.na", east)
    await save(identity, boss, audience=SavedView.UNIT, unit_path=east.path)
    await identity.call(
        "crm.identity.v1.UserService/DeleteUser", user_pb.DeleteUserRequest(id=boss.subject), somebody()
    )
    assert await names(identity, rep) == ["Shanghai"]


async def test_a_person_keeps_at_most_a_hundred_views(identity: RunningService) -> None:
    me = await a_person(identity, "li.na", await a_unit(identity, "east"))
    first = await save(identity, me)
    async with identity.db.session() as session:
        copies = text(
            "INSERT INTO saved_view SELECT (jsonb_populate_record(one, jsonb_build_object('id', uuidv7()))).*"
            " FROM saved_view AS one, generate_series(1, 99)"
        )
        await session.execute(copies)
        await session.commit()
    assert await refused(save(identity, me)) == "TOO_MANY_SAVED_VIEWS"
    await remove(identity, me, first)
    assert (await save(identity, me)).id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("resource", "leads.nothing"),
        ("resource", ""),
        ("name", "x" * 61),
        ("name", ""),
        ("filter", "x" * 2001),
        ("columns", ["name"] * 61),
        ("layout", "Board!"),
    ],
)
async def test_what_no_list_could_show_is_refused_by_field(identity: RunningService, field: str, value: Any) -> None:
    with pytest.raises(RemoteError, match=field):
        await save(identity, somebody(), **{field: value, "audience": SavedView.EVERYONE})


async def test_pages_hold_only_what_the_caller_may_use(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    me, other = await a_person(identity, "li.na", east), await a_person(identity, "wang", east)
    for number in range(3):
        await save(identity, me, name=f"Mine {number}")
        await save(identity, other, name=f"Theirs {number}")
    request = pb.ListSavedViewsRequest(page_size=2, filter="resource = leads.lead", count=2)
    first = await identity.call(f"{VIEWS}/ListSavedViews", request, me)
    request.page_token = first.next_page_token
    second = await identity.call(f"{VIEWS}/ListSavedViews", request, me)
    found = [view.name for view in (*first.saved_views, *second.saved_views)]
    assert found == ["Mine 2", "Mine 1", "Mine 0"]
    assert (first.total_size, second.next_page_token) == (3, "")


async def test_views_kept_in_preferences_become_private_ones(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    me = await a_person(identity, "li.na", east)
    kept = {
        "nav.collapsed": True,
        "views.leads.Lead": [
            {"id": "v1", "name": "Hot", "filter": "score > 50", "order_by": "score desc", "columns": ["name", "score"]}
        ],
        "views.sales.PlanLine": [{"id": "v2", "name": "Late", "filter": "", "columns": None}],
        "views.service_desk.Ticket": [],
    }
    said = await say(identity, me, "me", console=kept)
    spec = importlib.util.spec_from_file_location("saved_views_migration", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    async with identity.db.session() as session:
        for statement in (migration.CARRY, migration.DROP):
            await session.execute(text(statement), execution_options=unscoped("a migration is about all rows"))
        await session.commit()
    page = await identity.call(f"{VIEWS}/ListSavedViews", pb.ListSavedViewsRequest(order_by="name"), me)
    hot, late = page.saved_views
    assert (hot.resource, hot.filter, hot.order_by, list(hot.columns)) == (
        "leads.lead",
        "score > 50",
        "score desc",
        ["name", "score"],
    )
    assert (late.resource, list(late.columns), late.audience) == ("sales.plan_line", [], SavedView.PRIVATE)
    words = await identity.call(
        "crm.identity.v1.PreferenceService/GetPreferences", GetPreferencesRequest(holder="me"), me
    )
    assert (dict(words.console), words.etag != said.etag) == ({"nav.collapsed": True}, True)

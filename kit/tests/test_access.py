"""Who may see what: the SQL and the Python verdict agree, and what nobody scoped does not run."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, exists, func, insert, select, update

from crm_kit.access import UnscopedStatement, at_least, in_reach, scope_clause, scoped, subtree, unscoped, visible
from crm_kit.call import Call
from crm_kit.errors import ModuleDisabled, NotFound, PermissionDenied, ReadOnly
from crm_kit.principal import Position, Principal, Reach, Scope, system
from crm_kit.shares import record_share
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import StoredBox

PATHS = ("/", "/hq/", "/hq/d1/", "/hq/d10/", "/hq/d1/a/", "/hq/d2/", "/hr/")
ME = uuid4()
OWNERS: tuple[UUID | None, ...] = (None, ME, uuid4())


async def boxes(shelf: RunningService) -> dict[UUID, StoredBox]:
    """One box per owner and path, seen by nobody else's test."""
    async with begin(shelf.work()) as tx:
        made = [
            tx.add(StoredBox(name="x", kind="TIN", owner_id=owner, unit_path=path))
            for owner, path in product(OWNERS, PATHS)
        ]
    return {box.id: box for box in made}


async def selected(shelf: RunningService, ids: Any, clause: Any) -> set[UUID]:
    statement = select(StoredBox.__table__.c.id).where(StoredBox.__table__.c.id.in_(ids), clause)
    async with shelf.db.connect() as connection:
        rows = (await connection.execute(statement, execution_options=unscoped("the clause is tested"))).all()
    return {row.id for row in rows}


async def test_sql_and_python_agree_on_every_scope_path_and_owner(shelf: RunningService) -> None:
    ids = await boxes(shelf)
    for scope, path in product(Scope, PATHS):
        for who in (somebody(unit_path=path, scope=scope, user_id=ME), Principal("job", unit_path=path)):
            reaches = [Reach(scope, path)]
            by_rule = {key for key, box in ids.items() if in_reach(who, reaches, box.owner_id, box.unit_path)}
            found = await selected(shelf, ids, scope_clause(who, reaches, StoredBox.__table__.c))
            assert found == by_rule, (scope, path)


REACHES = st.lists(st.builds(Reach, st.sampled_from(Scope), st.sampled_from(PATHS)), max_size=4)


@given(reaches=REACHES, departed=st.lists(st.sampled_from(PATHS[1:]), max_size=2).map(tuple))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_sql_and_python_agree_on_any_positions_and_departures(
    shelf: RunningService, reaches: list[Reach], departed: tuple[str, ...]
) -> None:
    who = Principal(str(ME), unit_path="/hq/", departed=departed)
    ids = shelf.__dict__.setdefault("boxes", None) or await boxes(shelf)
    shelf.__dict__["boxes"] = ids
    by_rule = {key for key, box in ids.items() if in_reach(who, reaches, box.owner_id, box.unit_path)}
    assert await selected(shelf, ids, scope_clause(who, reaches, StoredBox.__table__.c)) == by_rule


TERRITORIES = tuple(str(uuid4()) for _ in range(3))
SEATS = st.dictionaries(st.sampled_from(TERRITORIES), st.booleans())


@given(
    reaches=REACHES,
    seats=SEATS,
    lying=st.lists(st.sets(st.sampled_from(TERRITORIES)), min_size=21, max_size=21),
    verb=st.sampled_from(["get", "update"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_sql_and_python_agree_on_what_positions_and_territories_open_together(
    shelf: RunningService, reaches: list[Reach], seats: dict[str, bool], lying: list[set[str]], verb: str
) -> None:
    """``seats``: the territories one sits in, and whether to write; ``lying``: where each box lies."""
    ids = shelf.__dict__.setdefault("boxes", None) or await boxes(shelf)
    shelf.__dict__["boxes"] = ids
    places = dict(zip(sorted(ids), lying, strict=True))
    await lay(shelf, places)
    readers = tuple(territory for territory, writes in seats.items() if not writes)
    held = tuple(Position(reach.unit_path, (("shelf.*", reach.scope),)) for reach in reaches)
    who = Principal(str(ME), unit_path="/x/", grants=(("shelf.*", Scope.OWN),), positions=held)
    who = replace(who, territories=tuple(seats), read_only_territories=readers)
    call = Call(shelf.db, who, f"shelf.box.{verb}", shared=True)
    open_to = {territory for territory, writes in seats.items() if writes or verb == "get"}
    by_rule = {
        key
        for key, box in ids.items()
        if in_reach(who, call.reach, box.owner_id, box.unit_path) or places[key] & open_to
    }
    assert await selected(shelf, ids, visible(call, StoredBox)) == by_rule
    if verb == "get":
        # The second wall alone, which is as wide for reading and never narrower.
        statement = select(StoredBox.__table__.c.id).where(StoredBox.__table__.c.id.in_(ids))
        async with shelf.db.connect() as connection:
            rows = (await connection.execute(statement, execution_options=scoped(call))).all()
        assert by_rule <= {row.id for row in rows}


async def lay(shelf: RunningService, places: dict[UUID, set[str]]) -> None:
    """Boxes lie in these territories and in no others."""
    async with begin(shelf.work()) as tx:
        await tx.session.execute(delete(record_share).where(record_share.c.record_id.in_(places)))
        rows = [
            share_row(key, f"territory:{territory}", "WRITE", tx.now)
            for key, lying in places.items()
            for territory in lying
        ]
        if rows:
            await tx.session.execute(insert(record_share), rows)


def test_a_further_position_adds_its_unit_and_rights() -> None:
    who = Principal(
        "x",
        unit_path="/hq/d1/",
        grants=(("shelf.*", Scope.UNIT),),
        positions=(Position("/hq/d2/", (("shelf.box.get", Scope.SUBTREE),)),),
    )
    assert who.reach("shelf.box.get") == (Reach(Scope.UNIT, "/hq/d1/"), Reach(Scope.SUBTREE, "/hq/d2/"))
    assert who.reach("shelf.box.update") == (Reach(Scope.UNIT, "/hq/d1/"),)
    assert who.scope("shelf.box.get") is Scope.SUBTREE


def test_what_departs_from_a_unit_is_not_seen_from_where_it_was() -> None:
    who = Principal("x", unit_path="/hq/", departed=("/hq/d1/",))
    reaches = [Reach(Scope.SUBTREE, "/hq/")]
    assert not in_reach(who, reaches, None, "/hq/d1/a/")
    assert in_reach(who, reaches, None, "/hq/d10/")
    assert in_reach(who, [Reach(Scope.ALL, "/")], None, "/hq/d1/a/")


def test_in_a_disabled_module_one_may_look_and_not_touch(shelf: RunningService) -> None:
    who = Principal("x", unit_path="/hq/", grants=(("*", Scope.ALL),), disabled=("shelf",))
    assert who.scope("shelf.box.get") is Scope.ALL
    with pytest.raises(ModuleDisabled):
        _ = Call(shelf.db, who, "shelf.box.update").reach
    with pytest.raises(PermissionDenied):
        _ = Call(shelf.db, Principal("x", disabled=("shelf",)), "shelf.box.update").reach


def test_whoever_acts_for_another_owns_what_the_other_owns() -> None:
    who = Principal(str(uuid4()), on_behalf_of=str(ME), unit_path="/hq/")
    assert who.user_id == ME
    assert in_reach(who, [Reach(Scope.OWN, "/hq/")], ME, "/elsewhere/")


def test_a_reach_can_be_widened_but_not_narrowed() -> None:
    widened = at_least([Reach(Scope.OWN, "/a/"), Reach(Scope.SUBTREE, "/b/")], Scope.UNIT)
    assert widened == (Reach(Scope.UNIT, "/a/"), Reach(Scope.SUBTREE, "/b/"))


async def share(shelf: RunningService, box: StoredBox, grantee: str, access: str = "READ", days: int = 1) -> None:
    call = shelf.work()
    row = share_row(box.id, grantee, access, call.now) | {"expire_time": call.now + timedelta(days=days)}
    async with begin(call) as tx:
        await tx.session.execute(insert(record_share).values(row))
    shelf.db.shares.forget()


def share_row(record_id: UUID, grantee: str, access: str, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "record_type": "box",
        "record_id": record_id,
        "grantee": grantee,
        "access": access,
        "reason": "",
        "granted_by": "user:x",
        "create_time": now,
    }


@pytest.mark.parametrize("way", ["user", "team", "territory", "unit"])
async def test_a_share_opens_one_record_to_its_grantee_and_no_other(shelf: RunningService, way: str) -> None:
    user, team, path = uuid4(), str(uuid4()), f"/hq/{uuid4().hex}/"
    territory = str(uuid4())
    who = Principal(
        str(user), unit_path=path, grants=(("shelf.*", Scope.OWN),), teams=(team,), territories=(territory,)
    )
    ids = await boxes(shelf)
    wanted = next(box for box in ids.values() if box.unit_path == "/hq/d2/")
    grantees = {"user": user, "team": team, "territory": territory, "unit": path}
    await share(shelf, wanted, f"{way}:{grantees[way]}")
    call = Call(shelf.db, who, "shelf.box.get", shared=await shelf.db.shares.reach(who))
    assert await selected(shelf, ids, visible(call, StoredBox)) == {wanted.id}
    other = Principal(str(uuid4()), unit_path="/x/", grants=(("shelf.*", Scope.OWN),))
    call = Call(shelf.db, other, "shelf.box.get", shared=True)
    assert await selected(shelf, ids, visible(call, StoredBox)) == set()


async def test_a_share_to_read_does_not_let_one_write_and_an_ended_share_nothing(shelf: RunningService) -> None:
    user = uuid4()
    who = Principal(str(user), unit_path="/nowhere/", grants=(("shelf.*", Scope.OWN),))
    ids = list((await boxes(shelf)).values())
    await share(shelf, ids[0], f"user:{user}")
    await share(shelf, ids[1], f"user:{user}", "WRITE")
    await share(shelf, ids[2], f"user:{user}", "WRITE", days=-1)
    call = Call(shelf.db, who, "shelf.box.update", shared=True)
    async with begin(call) as tx:
        assert (await tx.load(StoredBox, ids[1].id)).id == ids[1].id
        with pytest.raises(ReadOnly):
            await tx.load(StoredBox, ids[0].id)
        with pytest.raises(NotFound):
            await tx.load(StoredBox, ids[2].id)


@pytest.mark.parametrize("path", ["", "/hq", "hq"])
def test_a_path_without_its_final_slash_shows_nothing_but_a_fault(path: str) -> None:
    who = somebody(unit_path=path, scope=Scope.SUBTREE)
    with pytest.raises(ValueError, match="final slash"):
        subtree(path, StoredBox.__table__.c.unit_path)
    with pytest.raises(ValueError, match="final slash"):
        in_reach(who, [Reach(Scope.SUBTREE, path)], None, "/hq/d1/")


def test_no_grant_is_no_scope(shelf: RunningService) -> None:
    call = Call(shelf.db, somebody(permissions=["other.*"]), "shelf.box.get")
    with pytest.raises(PermissionDenied):
        visible(call, StoredBox)


def test_the_widest_of_several_grants_wins_and_patterns_stop_at_their_prefix() -> None:
    who = Principal("x", grants=(("shelf.*", Scope.OWN), ("shelf.box.get", Scope.UNIT), ("*.list", Scope.ALL)))
    assert who.scope("shelf.box.get") is Scope.UNIT
    assert who.scope("shelf.box.update") is Scope.OWN
    assert who.scope("shelf.box.list") is Scope.ALL
    assert who.scope("shelving.box.get") is Scope.NONE


STATEMENTS = {
    "entities": select(StoredBox),
    "columns": select(StoredBox.id),
    "a count": select(func.count()).select_from(StoredBox),
    "a subquery": select(exists(select(StoredBox.id))),
    "a condition": select(func.now()).where(StoredBox.__table__.c.shelf == 1),
    "an update": update(StoredBox).values(shelf=1),
    "a removal": delete(StoredBox),
}


@pytest.mark.parametrize("what", STATEMENTS)
async def test_a_statement_without_scope_does_not_run(shelf: RunningService, what: str) -> None:
    statement: Any = STATEMENTS[what]
    with pytest.raises(UnscopedStatement, match="box"):
        async with begin(shelf.work()) as tx:
            await tx.session.execute(statement)
    with pytest.raises(UnscopedStatement, match="box"):
        async with shelf.db.connect() as connection:
            await connection.execute(statement)


async def test_an_excuse_needs_a_reason(shelf: RunningService) -> None:
    with pytest.raises(AssertionError):
        unscoped("")
    async with begin(shelf.work()) as tx:
        await tx.session.execute(select(StoredBox.id).limit(1), execution_options=unscoped("a test looks"))


def test_the_service_itself_has_every_right_and_no_person() -> None:
    who = system("timer", "sla")
    assert (who.actor, who.user_id, who.scope("anything.at.all")) == ("timer:sla", None, Scope.ALL)

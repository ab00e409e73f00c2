"""The second wall: whatever a statement forgot to say, the database shows and takes only what the caller may have."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import pytest
from asyncpg.exceptions import InsufficientPrivilegeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from crm_kit import reading
from crm_kit.access import scoped, visible
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.loading import Choice
from crm_kit.principal import Position, Principal, Scope
from crm_kit.row_context import EVERYTHING, NOTHING, Context, context_of
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import StoredBox
from .wall import RAW, TABLE, UNITS, WHY, reaching, rows, service_db


@pytest.fixture(autouse=True)
async def stock(shelf: RunningService) -> None:
    """A box in each of these units."""
    if not await rows(shelf, shelf.work()):
        async with begin(shelf.work()) as tx:
            for path in UNITS:
                tx.add(StoredBox(name="x", kind="TIN", unit_path=path))


async def test_sql_without_a_predicate_shows_what_the_call_reaches_and_no_more(shelf: RunningService) -> None:
    assert await rows(shelf, reaching(shelf, "/hq/d1/")) == ["/hq/d1/", "/hq/d1/a/"]
    assert await rows(shelf, reaching(shelf, "/hq/d1/", scope=Scope.UNIT)) == ["/hq/d1/"]
    assert await rows(shelf, reaching(shelf, "/hq/d10/")) == ["/hq/d10/"]
    assert await rows(shelf, reaching(shelf, "/hq/d10/", "/hq/d2/")) == ["/hq/d10/", "/hq/d2/"]
    assert len(await rows(shelf, reaching(shelf, "/hq/"))) == 5
    assert len(await rows(shelf, reaching(shelf, "/hq/d1/", scope=Scope.ALL))) == 5


async def test_one_s_own_records_show_wherever_they_lie(shelf: RunningService) -> None:
    mine = uuid4()
    async with begin(shelf.work()) as tx:
        box = tx.add(StoredBox(name="mine", kind="TIN", unit_path="/hq/d2/", owner_id=mine))
    call = reaching(shelf, "/hq/d1/", scope=Scope.OWN, user_id=mine)
    assert await rows(shelf, call) == ["/hq/d1/", "/hq/d2/"]
    async with begin(shelf.work()) as tx:
        (await tx.load(StoredBox, box.id)).owner_id = None
        (await tx.load(StoredBox, box.id)).delete_time = tx.now
    await shelf.administer(f"DELETE FROM box WHERE id = '{box.id}'")


async def test_without_a_context_there_is_nothing_to_see_and_nothing_can_be_stored(shelf: RunningService) -> None:
    db = service_db(shelf)
    assert await db.reader.fetch(RAW, []) == []
    async with db.connect() as connection:
        assert (await connection.execute(text(RAW))).all() == []
    bare = await asyncpg.connect(db.url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        assert await bare.fetch(RAW) == []
        with pytest.raises(InsufficientPrivilegeError):
            await bare.execute("INSERT INTO box SELECT * FROM jsonb_populate_record(NULL::public.box, $1::jsonb)", ROW)
    finally:
        await bare.close()
    nobody = Call(db, somebody(permissions=()), "shelf.box.list")
    assert context_of(nobody) == NOTHING


ROW = """{"id": "01990000-0000-7000-8000-000000000001", "unit_path": "/hq/", "name": "x", "kind": "TIN", "maker": "",
    "price_currency": "", "shelf": 0, "tags": [], "part_ids": [], "labels": [], "custom_fields": {}, "version": 1,
    "event_seq": 0, "create_time": "2026-01-01T00:00:00Z", "update_time": "2026-01-01T00:00:00Z"}"""


async def test_what_a_transaction_sees_ends_with_it(shelf: RunningService) -> None:
    db = Database(shelf.db.url.render_as_string(hide_password=False), pool_size=1)
    call = Call(db, somebody(unit_path="/hq/"), "shelf.box.list")
    async with begin(call) as tx:
        assert len(await tx.fetch(RAW)) == 5
    async with db.engine.connect() as connection:
        assert (await connection.exec_driver_sql(RAW)).all() == []
    await db.dispose()


async def test_a_statement_that_must_see_everything_does_and_the_next_one_does_not(shelf: RunningService) -> None:
    call = reaching(shelf, "/hq/d1/")
    everything = Choice(StoredBox, TABLE.c.unit_path == "/hq/d2/", why="a test", lock="")
    async with begin(call) as tx:
        assert len((await tx.session.execute(select(TABLE.c.id), execution_options=WHY)).all()) == 5
        assert len((await tx.session.execute(text(RAW))).all()) == 2
        assert len(await tx.fetch(RAW, why="a test")) == 5
        assert len(await tx.fetch(RAW)) == 2
        assert await tx.find(everything) is not None
        assert len(await tx.fetch(RAW)) == 2
        async with tx.session.begin_nested() as savepoint:
            assert len(await tx.fetch(RAW, why="a test")) == 5
            await savepoint.rollback()
        assert len(await tx.fetch(RAW)) == 2
    async with call.db.connect() as connection:
        assert len((await connection.execute(select(TABLE.c.id), execution_options=WHY)).all()) == 5
        assert (await connection.execute(text(RAW))).all() == []


ASKS = st.lists(st.tuples(st.sampled_from(UNITS), st.integers(0, 5)), min_size=4, max_size=12)


@given(asks=ASKS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_calls_at_once_on_few_connections_never_see_each_other_s_rows(
    shelf: RunningService, asks: Sequence[tuple[str, int]]
) -> None:
    db = Database(shelf.db.url.render_as_string(hide_password=False), pool_size=2)

    async def ask(path: str, way: int) -> None:
        call = Call(db, somebody(unit_path=path, scope=Scope.SUBTREE), "shelf.box.list")
        expected = sorted(unit for unit in UNITS if unit.startswith(path))
        assert sorted(await _seen(db, call, way)) == (expected if way != 5 else [])

    try:
        await asyncio.gather(*(ask(path, way) for path, way in asks))
    finally:
        await db.dispose()


async def _seen(db: Database, call: Call, way: int) -> list[str]:
    if way == 0:
        return [row[0] for row in await db.reader.fetch(RAW, [], context_of(call))]
    if way == 1:
        async with db.connect() as connection:
            return list((await connection.execute(select(TABLE.c.unit_path), execution_options=scoped(call))).scalars())
    if way == 5:
        return [row[0] for row in await db.reader.fetch(RAW, [])]
    async with begin(call) as tx:
        if way == 2:
            await tx.fetch(RAW, why="a test")
        if way == 3:
            await tx.session.execute(select(TABLE.c.id), execution_options=WHY)
        if way == 4:
            return [row[0] for row in await tx.fetch(RAW)]
        return list((await tx.session.execute(text(RAW))).scalars())


async def test_a_statement_cut_off_leaves_a_connection_that_shows_the_next_caller_only_theirs(
    shelf: RunningService,
) -> None:
    db = Database(shelf.db.url.render_as_string(hide_password=False), pool_size=2)
    wide = context_of(Call(db, somebody(), "shelf.box.list"))
    for delay in (0.0, 0.001, 0.003, 0.01):
        asked = asyncio.create_task(db.reader.fetch("SELECT unit_path, pg_sleep(0.05) FROM box", [], wide))
        await asyncio.sleep(delay)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert [row[0] for row in await db.reader.fetch(RAW, [], Context("/hq/d2/", "/hq/d20"))] == ["/hq/d2/"]
        assert await db.reader.fetch(RAW, []) == []
    await db.dispose()


SCOPES, PATHS = st.sampled_from(Scope), st.sampled_from(("/", *UNITS, "/hr/"))
HELD = st.lists(st.builds(lambda path, scope: Position(path, (("*", scope),)), PATHS, SCOPES), min_size=1, max_size=3)


@given(held=HELD, owner=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_second_wall_hides_nothing_that_the_first_lets_through(
    shelf: RunningService, held: list[Position], *, owner: bool
) -> None:
    first, *more = held
    who = Principal(
        str(ME if owner else uuid4()), unit_path=first.unit_path, grants=first.grants, positions=tuple(more)
    )
    call = Call(service_db(shelf), who, "shelf.box.list")
    if not who.reach(call.permission):
        assert context_of(call) == NOTHING
        return
    statement = select(TABLE.c.id).where(visible(call, StoredBox))
    async with call.db.connect() as connection:
        narrow = {row.id for row in await connection.execute(statement, execution_options=scoped(call))}
        wide = {row.id for row in await connection.execute(statement, execution_options=WHY)}
    assert narrow == wide


ME = uuid4()


def test_a_context_is_the_narrowest_range_around_all_that_is_reached(shelf: RunningService) -> None:
    assert context_of(reaching(shelf, "/hq/d1/"))[:3] == ("/hq/d1/", "/hq/d10", "")
    assert context_of(reaching(shelf, "/hq/d1/", scope=Scope.UNIT))[:2] == ("/hq/d1/", "/hq/d1/!")
    assert context_of(reaching(shelf, "/hq/d1/", "/hq/d2/"))[:2] == ("/hq/d1/", "/hq/d20")
    assert context_of(reaching(shelf, "/hq/d1/", scope=Scope.ALL)) == EVERYTHING
    assert context_of(shelf.work()) == EVERYTHING
    own = context_of(reaching(shelf, "/hq/d1/", scope=Scope.OWN, user_id=ME))
    assert own == ("/hq/d1/", "/hq/d1/!", str(ME), "")


async def test_no_view_and_no_function_lends_its_owner_s_rights(shelf: RunningService) -> None:
    owned = """
        SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
            AND NOT coalesce(reloptions @> ARRAY['security_invoker=true'], false)
        UNION ALL SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
    """
    async with shelf.db.connect() as connection:
        assert list((await connection.execute(text(owned))).scalars()) == []


async def test_reading_by_shape_goes_through_the_wall(shelf: RunningService) -> None:
    everything = reading.condition(TABLE.c.kind == "TIN")
    statement = select(TABLE.c.unit_path)
    for path in ("/hq/d1/", "/hq/d2/"):
        call = reaching(shelf, path)
        found = await reading.fetch(
            call.db.reader, "no scope", [everything], lambda clauses: statement.where(*clauses), rows=context_of(call)
        )
        assert found
        assert all(row[0].startswith(path) for row in found)

"""The second wall, for what is stored: nothing lands outside the caller's range unless it is said why; shares open it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg.exceptions import InsufficientPrivilegeError
from sqlalchemy import insert, text, update

from crm_kit.access import scoped
from crm_kit.call import Call
from crm_kit.shares import record_share
from crm_kit.testing.service import RunningService
from crm_kit.tx import Tx, begin

from .shelf import StoredBox
from .wall import RAW, TABLE, UNITS, WHY, reaching, rows


@pytest.fixture(autouse=True)
async def stock(shelf: RunningService) -> None:
    """A box in each of these units."""
    if not await rows(shelf, shelf.work()):
        async with begin(shelf.work()) as tx:
            for path in UNITS:
                tx.add(StoredBox(name="x", kind="TIN", unit_path=path))


def elsewhere(**values: Any) -> dict[str, Any]:
    made = StoredBox(name="x", kind="TIN", unit_path="/hq/d2/", **values)
    row = {column.name: getattr(made, column.name) for column in TABLE.columns}
    return row | {"id": uuid4(), "version": 1, "create_time": "2026-01-01", "update_time": "2026-01-01"}


async def refused(tx: Tx, statement: Any, **options: Any) -> None:
    with pytest.raises(Exception, match="row-level security"):
        async with tx.session.begin_nested():
            await tx.session.execute(statement, execution_options=options)


async def test_nothing_is_stored_outside_the_range_unless_it_is_said_why(shelf: RunningService) -> None:
    call = reaching(shelf, "/hq/d1/")
    now = text("now()")
    row = elsewhere() | {"create_time": now, "update_time": now}
    async with begin(call) as tx:
        await refused(tx, insert(TABLE).values(row), **scoped(call))
        moved = update(TABLE).where(TABLE.c.unit_path == "/hq/d1/a/").values(unit_path="/hq/d2/")
        await refused(tx, moved, **scoped(call))
        gone = await tx.session.execute(
            update(TABLE).where(TABLE.c.unit_path == "/hq/d2/").values(shelf=9), execution_options=scoped(call)
        )
        assert gone.rowcount == 0  # type: ignore[attr-defined]
        await tx.session.execute(insert(TABLE).values(row), execution_options=WHY)
        await tx.session.rollback()


async def test_an_entity_that_was_not_added_through_the_transaction_is_refused(shelf: RunningService) -> None:
    async def smuggle() -> None:
        async with begin(reaching(shelf, "/hq/d1/")) as tx:
            box = StoredBox(name="x", kind="TIN", unit_path="/hq/d2/")
            box.id, box.create_time, box.update_time = tx.new_id(), tx.now, tx.now
            tx.session.add(box)

    with pytest.raises(InsufficientPrivilegeError, match="row-level security"):
        await smuggle()


@pytest.mark.parametrize("flushed", [False, True])
async def test_the_house_places_and_use_cases_move_records_out_of_the_caller_s_sight(
    shelf: RunningService, *, flushed: bool
) -> None:
    call = reaching(shelf, "/hq/d1/")
    async with begin(call) as tx:
        placed = tx.add(StoredBox(name="x", kind="TIN", unit_path="/hq/d2/"), by_rule=True)
        await tx.add_many([StoredBox(name="many", kind="TIN", unit_path="/hq/d2/")], by_rule=True)
        if flushed:
            await tx.session.flush()
    async with begin(reaching(shelf, "/hq/d2/")) as tx:
        (await tx.load(StoredBox, placed.id)).unit_path = "/hq/d1/"
        if flushed:
            await tx.session.flush()
    async with begin(call) as tx:
        assert (await tx.load(StoredBox, placed.id)).unit_path == "/hq/d1/"
        assert len(await tx.fetch(RAW)) == 3
    await shelf.administer(f"DELETE FROM box WHERE id = '{placed.id}' OR name = 'many'")


async def test_many_rows_are_refused_as_one_is(shelf: RunningService) -> None:
    call = reaching(shelf, "/hq/d1/")
    async with begin(call) as tx:
        await tx.add_many([StoredBox(name="many", kind="TIN", unit_path="/hq/d1/a/") for _ in range(3)])
        await tx.add_many([StoredBox(name="many", kind="TIN", unit_path="/hq/d1/")])
        assert len(await tx.fetch(RAW)) == 6
        await tx.session.rollback()


async def test_a_shared_record_shows_and_may_be_changed_until_the_share_ends(shelf: RunningService) -> None:
    call = reaching(shelf, "/hq/d1/")
    async with begin(shelf.work()) as tx:
        box = tx.add(StoredBox(name="shared", kind="TIN", unit_path="/hq/d2/"))
        tx.insert(record_share, share(tx, box.id, call.principal.grantees[0]))
    assert box.unit_path not in await rows(shelf, call)
    call.shared = True
    assert box.unit_path in await rows(shelf, call)
    changing = Call(call.db, call.principal, "shelf.box.update", shared=True)
    async with begin(changing) as tx:
        (await tx.load(StoredBox, box.id)).shelf = 7
    async with begin(shelf.work()) as tx:
        await tx.session.execute(update(record_share).values(expire_time=tx.now))
    assert box.unit_path not in await rows(shelf, call)
    await shelf.administer(f"DELETE FROM box WHERE id = '{box.id}'")


def share(tx: Tx, record_id: UUID, grantee: str) -> dict[str, Any]:
    return {
        "id": tx.new_id(),
        "record_type": "box",
        "record_id": record_id,
        "grantee": grantee,
        "access": "WRITE",
        "reason": "",
        "granted_by": "user:test",
        "create_time": tx.now,
    }

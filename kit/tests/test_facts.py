"""Row facts: nothing that changes a record, by whatever way, escapes them."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, text, update

from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import StoredBox


async def facts_of(shelf: RunningService, *keys: UUID) -> list[Any]:
    statement = text("SELECT * FROM audit_entry WHERE record_id = ANY(:ids) ORDER BY id")
    async with shelf.db.connect() as connection:
        return list((await connection.execute(statement, {"ids": list(keys)})).all())


def a_call(shelf: RunningService) -> Call:
    return Call(shelf.db, somebody(unit_path=f"/hq/{uuid4().hex[:8]}/"), "shelf.box.update", request_id="r-1")


async def two_boxes(call: Call) -> tuple[UUID, UUID]:
    async with begin(call) as tx:
        return tuple(tx.add(StoredBox(name=name, kind="TIN")).id for name in "ab")  # type: ignore[return-value]


async def test_bulk_changes_are_recorded_row_by_row_with_who_and_why(shelf: RunningService) -> None:
    call = a_call(shelf)
    first, second = await two_boxes(call)
    async with begin(call) as tx:
        change = update(StoredBox).where(StoredBox.id.in_([first, second])).values(name="c", shelf=2)
        await tx.session.execute(change, execution_options={**unscoped("both are ours"), "synchronize_session": False})
    changes = [fact for fact in await facts_of(shelf, first, second) if fact.action == "update"]
    assert {fact.record_id: fact.details for fact in changes} == {
        first: {"name": {"old": "a", "new": "c"}, "shelf": {"old": 0, "new": 2}},
        second: {"name": {"old": "b", "new": "c"}, "shelf": {"old": 0, "new": 2}},
    }
    assert {(fact.record_type, fact.actor, fact.cause_id) for fact in changes} == {("box", call.principal.actor, "r-1")}


async def test_a_removed_row_is_kept_as_it_was(shelf: RunningService) -> None:
    call = a_call(shelf)
    first, _ = await two_boxes(call)
    async with begin(call) as tx:
        gone = delete(StoredBox).where(StoredBox.id == first)
        await tx.session.execute(gone, execution_options=unscoped("ours"))
    assert [fact.action for fact in await facts_of(shelf, first)] == ["insert", "delete"]
    assert (await facts_of(shelf, first))[1].details["name"] == "a"


async def test_plain_sql_of_nobody_is_the_database_s_own_doing(shelf: RunningService) -> None:
    first, _ = await two_boxes(a_call(shelf))
    async with shelf.db.connect() as connection:
        await connection.execute(text("UPDATE box SET shelf = 9 WHERE id = :id"), {"id": first})
    assert (await facts_of(shelf, first))[-1].actor.startswith("database:")


async def test_a_write_that_changes_nothing_is_no_fact(shelf: RunningService) -> None:
    first, _ = await two_boxes(a_call(shelf))
    async with shelf.db.connect() as connection:
        await connection.execute(text("UPDATE box SET version = version + 1 WHERE id = :id"), {"id": first})
    assert [fact.action for fact in await facts_of(shelf, first)] == ["insert"]


async def test_a_pooled_connection_does_not_remember_who_used_it_before(shelf: RunningService) -> None:
    one, other = a_call(shelf), a_call(shelf)
    (first, _), (second, _) = await two_boxes(one), await two_boxes(other)
    facts = await facts_of(shelf, first, second)
    assert [fact.actor for fact in facts] == [one.principal.actor, other.principal.actor]

"""What a transaction writes in one statement is what the same rows one by one would have been."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.numbers import number_series
from crm_kit.refusals import refusal
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import BoxOpened, StoredBox
from .test_facts import facts_of


def a_call(shelf: RunningService) -> Call:
    return Call(shelf.db, somebody(unit_path=f"/hq/{uuid4().hex[:8]}/"), "shelf.box.update")


async def test_rows_of_several_tables_are_written_in_the_order_in_which_they_were_noted(shelf: RunningService) -> None:
    call = a_call(shelf)
    row = {"prefix": "W", "unit_path": call.principal.unit_path, "year": 2030}
    async with begin(call) as tx:
        tx.insert(number_series, {**row, "next": 1})
    async with begin(call) as tx:
        tx.add(StoredBox(name="Box", kind="TIN"))
        tx.update(number_series, row, {"year": 2031})
        tx.insert(number_series, {**row, "next": 5})
    async with shelf.db.connect() as connection:
        statement = text("SELECT year, next FROM number_series WHERE prefix = 'W' AND unit_path = :path ORDER BY year")
        found = (await connection.execute(statement, {"path": call.principal.unit_path})).all()
    assert [tuple(one) for one in found] == [(2030, 5), (2031, 1)]


@pytest.mark.parametrize("count", [2, 12, 30])
async def test_however_many_records_are_new_or_changed_each_is_stored_with_its_fact(
    shelf: RunningService, count: int
) -> None:
    call = a_call(shelf)
    async with begin(call) as tx:
        boxes = [tx.add(StoredBox(name="Box", kind="TIN", labels=[{"text": "n"}])) for _ in range(count)]
        for box in boxes:
            tx.publish(box, BoxOpened())
    async with begin(call) as tx:
        for box in boxes:
            (await tx.load(StoredBox, box.id)).shelf = 3
    facts = await facts_of(shelf, *(box.id for box in boxes))
    assert sorted(fact.action for fact in facts) == ["insert"] * count + ["update"] * count
    assert [fact.details for fact in facts if fact.details] == [{"shelf": {"old": 0, "new": 3}}] * count
    async with begin(call) as tx:
        again = await tx.load(StoredBox, boxes[-1].id)
        assert (again.version, again.event_seq, again.labels) == (2, 1, [{"text": "n"}])


async def test_a_record_changed_twice_and_loaded_in_between_keeps_both_changes(shelf: RunningService) -> None:
    call = a_call(shelf)
    async with begin(call) as tx:
        box = tx.add(StoredBox(name="Box", kind="TIN"))
    async with begin(call) as tx:
        first = await tx.load(StoredBox, box.id)
        first.name = "Other"
        second = await tx.load(StoredBox, box.id)
        second.shelf = 7
        assert first is second
    async with begin(call) as tx:
        found = await tx.load(StoredBox, box.id)
    assert (found.name, found.shelf) == ("Other", 7)


async def test_a_connection_that_was_lost_says_unavailable_and_is_not_used_again(shelf: RunningService) -> None:
    call = a_call(shelf)
    lost: BaseException | None = None
    try:
        async with begin(call) as tx:
            [backend] = await tx.fetch("SELECT pg_backend_pid()")
            async with shelf.db.connect() as connection:
                await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend[0]})
            await tx.load(StoredBox, uuid4())
    except Exception as error:  # noqa: BLE001 - what it is, is the question
        lost = error
    assert lost is not None
    assert type(refusal(lost)).__name__ == "Unavailable"
    for _ in range(10):
        with pytest.raises(NotFound):
            async with begin(call) as tx:
                await tx.load(StoredBox, uuid4())

"""Same key, same outcome; what the suite for all resources does not show."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from crm_kit import idempotency
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.service import RunningService

from .test_resource import BOX, a_box


@pytest.fixture
def bench(shelf: RunningService) -> Bench:
    return Bench(shelf, BOX)


async def call(bench: Bench, name: str, key: str, **facts: Any) -> Any:
    from crm_kit.rpc import descriptors

    method = descriptors.method(f"crm.shelf.v1.BoxService/{name}")
    headers = {"authorization": f"Bearer {bench.token(bench.admin)}", "idempotency-key": key}
    return await bench.raw(method, method.request_type(**facts), headers)


async def test_a_call_of_two_transactions_is_not_taken_for_its_own_repeat(bench: Bench) -> None:
    [made] = await bench.seed()
    key = str(uuid4())
    first = await call(bench, "RepackBox", key, id=made.id)
    assert first.shelf == 2
    assert await call(bench, "RepackBox", key, id=made.id) == first


async def test_a_repeat_shows_the_record_as_it_is_now(bench: Bench) -> None:
    key, message = str(uuid4()), a_box()
    made = await bench.create(message, idempotency_key=key)
    changed = await bench.update(type(made)(id=made.id, name="Renamed"), "name")
    assert await bench.create(message, idempotency_key=key) == changed
    await bench.do("Delete", id=made.id)
    with pytest.raises(Refusal) as refused:
        await bench.create(message, idempotency_key=key)
    assert refused.value.reason == "NOT_FOUND"


async def test_a_key_belongs_to_one_method(bench: Bench) -> None:
    key = str(uuid4())
    made = await bench.create(a_box(), idempotency_key=key)
    with pytest.raises(Refusal) as refused:
        await call(bench, "RepackBox", key, id=made.id)
    assert refused.value.reason == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize("noted", ["inside", "after"])
async def test_an_answer_that_is_no_record_is_given_again_with_its_records_as_they_are_now(
    bench: Bench, noted: str
) -> None:
    kept, gone = await bench.seed(2)
    key = str(uuid4())
    first = await call(bench, "StackBoxes", key, ids=[kept.id, gone.id], noted=noted)
    assert [result.height for result in first.results] == [1, 2]
    changed = await bench.update(type(kept)(id=kept.id, name="Renamed"), "name")
    await bench.do("Delete", id=gone.id)
    again = await call(bench, "StackBoxes", key, ids=[kept.id, gone.id], noted=noted)
    assert changed.shelf == kept.shelf + 1, "stacked once"
    assert list(again.boxes) == [changed]
    assert [(result.height, result.HasField("box")) for result in again.results] == [(1, True), (2, False)]
    with pytest.raises(Refusal) as refused:
        await call(bench, "StackBoxes", key, ids=[kept.id], noted=noted)
    assert refused.value.reason == "IDEMPOTENCY_KEY_REUSED"


async def test_nothing_personal_is_kept_of_an_answer(bench: Bench) -> None:
    [box] = await bench.seed(name="Grace Hopper")
    key = str(uuid4())
    await call(bench, "StackBoxes", key, ids=[box.id], noted="after")
    [row] = await bench.rows("SELECT answer FROM idempotency WHERE key = :key", key=key)
    assert box.id.encode() in row.answer
    assert b"Ada" not in row.answer
    assert b"Grace Hopper" not in row.answer


async def test_a_repeat_after_the_answer_was_lost_is_told_so_and_not_done_again(bench: Bench) -> None:
    [box] = await bench.seed()
    key = str(uuid4())
    for reason in ("UNAVAILABLE", "ANSWER_LOST"):
        with pytest.raises(Refusal) as refused:
            await call(bench, "StackBoxes", key, ids=[box.id], noted="never")
        assert refused.value.reason == reason
    assert (await bench.do("Get", id=box.id)).shelf == box.shelf + 1


async def test_a_key_on_a_read_means_nothing(bench: Bench) -> None:
    [box] = await bench.seed()
    key = str(uuid4())
    assert await call(bench, "GetBox", key, id=box.id) == box
    changed = await bench.update(type(box)(id=box.id, name="Renamed"), "name")
    assert await call(bench, "GetBox", key, id=box.id) == changed


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_without_or_with_too_many_characters_is_refused(bench: Bench, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        await bench.create(a_box(), idempotency_key=key)
    assert refused.value.fields == {"Idempotency-Key": "BAD_LENGTH"}


async def test_keys_are_forgotten_after_three_days(bench: Bench) -> None:
    message, key = a_box(), str(uuid4())
    first = await bench.create(message, idempotency_key=key)
    async with bench.running.db.connect() as connection:
        await idempotency.forget_old(connection, datetime.now(UTC))
    assert (await bench.create(message, idempotency_key=key)).id == first.id
    async with bench.running.db.connect() as connection:
        statement = text("UPDATE idempotency SET create_time = :old WHERE key = :key")
        await connection.execute(statement, {"old": datetime.now(UTC) - timedelta(hours=73), "key": key})
        assert await idempotency.forget_old(connection, datetime.now(UTC)) == 1
    assert (await bench.create(message, idempotency_key=key)).id != first.id

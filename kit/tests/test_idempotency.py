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

"""What every resource promises about requests sent twice with one Idempotency-Key."""

import asyncio
from uuid import uuid4

import pytest

from crm_kit.fieldtypes import TEXT_LIMIT
from crm_kit.principal import Scope
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.rules import about


@about("Create")
async def the_same_request_with_its_key_is_carried_out_once(bench: Bench) -> None:
    who, key, message = bench.somebody(Scope.ALL), str(uuid4()), await bench.make()
    before = await bench.stored()
    first = await bench.create(message, who, idempotency_key=key)
    again = await bench.create(message, who, idempotency_key=key)
    if bench.case.shown_once:
        assert not getattr(again, bench.case.shown_once)
        first.ClearField(bench.case.shown_once)
    assert again == first
    assert await bench.stored() == before + 1
    with pytest.raises(Refusal) as refused:
        await bench.create(await bench.make(), who, idempotency_key=key)
    assert refused.value.reason == "IDEMPOTENCY_KEY_REUSED"
    other = await bench.create(await bench.make(), bench.admin, idempotency_key=key)
    assert other.id != first.id


@about("Create")
async def concurrent_twins_with_one_key_make_one_record(bench: Bench) -> None:
    message, before, key = await bench.make(), await bench.stored(), str(uuid4())
    calls = (bench.create(message, idempotency_key=key) for _ in range(4))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    faults = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(fault, Refusal) and fault.reason == "REQUEST_IN_FLIGHT" for fault in faults), faults
    assert len({answer.id for answer in answers if not isinstance(answer, BaseException)}) == 1
    assert await bench.stored() == before + 1


@about("Create")
async def a_refused_request_leaves_its_key_free(bench: Bench) -> None:
    key, field = str(uuid4()), bench.change[0]
    with pytest.raises(Refusal) as refused:
        await bench.create(await bench.make(**{field: "x" * (TEXT_LIMIT + 1)}), idempotency_key=key)
    assert refused.value.fields == {field: "TOO_LONG"}
    assert (await bench.create(await bench.make(), idempotency_key=key)).id


@about("Update")
async def a_repeated_update_with_its_key_is_no_stale_one(bench: Bench) -> None:
    field, value = bench.change
    [made] = await bench.seed()
    message, key = type(made)(id=made.id, etag=made.etag, **{field: value}), str(uuid4())
    first = await bench.update(message, field, idempotency_key=key)
    assert await bench.update(message, field, idempotency_key=key) == first


@about("Delete")
async def a_repeated_removal_with_its_key_is_no_failure(bench: Bench) -> None:
    [made] = await bench.seed()
    metadata = {"idempotency-key": str(uuid4())}
    for _ in range(2):
        await bench.do("Delete", id=made.id, etag=made.etag, metadata=metadata)
    with pytest.raises(Refusal) as refused:
        await bench.do("Delete", id=made.id, etag=made.etag)
    assert refused.value.reason == "NOT_FOUND"

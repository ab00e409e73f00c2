"""What every resource promises about masked fields, shares, further positions and units on their way elsewhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from sqlalchemy import insert

from crm_kit.access import SCOPED
from crm_kit.field_rules import FieldRule, Read, mask, name_of
from crm_kit.principal import Position, Principal, Scope
from crm_kit.shares import record_share
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.rules import about
from crm_kit.testing.service import somebody
from crm_kit.tx import begin


def under(bench: Bench, field: str, read: Read = Read.FULL, *, read_only: bool = False) -> Principal:
    """The administrator, with one rule about a field."""
    rule = FieldRule(name_of(bench.mapping.message.DESCRIPTOR, field), read, read_only)
    return replace(bench.admin, field_rules=(rule,))


@about("Get", "List")
async def a_masked_field_is_masked_wherever_it_is_answered(bench: Bench) -> None:
    field = bench.change[0]
    [made] = await bench.seed()
    value = getattr(made, field)
    for read, seen in ((Read.MASKED, mask(value)), (Read.HIDDEN, ""), (Read.FULL, value)):
        who = under(bench, field, read)
        [listed] = bench.items(await bench.page([made.id], who))
        assert [getattr(one, field) for one in (await bench.do("Get", who, id=made.id), listed)] == [seen, seen]


@about("List")
async def what_is_not_seen_cannot_be_asked_about(bench: Bench) -> None:
    field = bench.change[0]
    who = under(bench, field, Read.MASKED)
    asked: tuple[dict[str, Any], ...] = ({"filter": f'{field} = "x"'}, {"order_by": field})
    for question in asked:
        try:
            await bench.do("List", **question)
        except Refusal as nobody:
            # Not even who sees all of it may ask about it.
            assert nobody.status is grpc.StatusCode.INVALID_ARGUMENT  # noqa: PT017
            continue
        with pytest.raises(Refusal) as refused:
            await bench.do("List", who, **question)
        assert (refused.value.status, refused.value.reason) == (grpc.StatusCode.PERMISSION_DENIED, "FIELD_UNREADABLE")


@about("List")
async def what_is_not_seen_is_not_found_by_searching(bench: Bench) -> None:
    if not bench.case.search:
        pytest.skip(f"{bench.case} is not searched")
    word = f"w{uuid4().hex[:12]}"
    facts: dict[str, Any] = {bench.case.search: word}
    [made] = await bench.seed(**facts)
    assert await bench.listed([made.id], search=word) == {made.id}
    try:
        found = await bench.listed([made.id], under(bench, bench.case.search, Read.HIDDEN), search=word)
    except Refusal as refused:
        # Nothing else is searched in, so the search itself is refused.
        assert refused.status is grpc.StatusCode.PERMISSION_DENIED  # noqa: PT017
    else:
        assert found == set()


@about("Update")
async def what_is_masked_or_read_only_cannot_be_written(bench: Bench) -> None:
    field, value = bench.change
    [made] = await bench.seed()
    for who in (under(bench, field, Read.MASKED), under(bench, field, read_only=True)):
        with pytest.raises(Refusal) as refused:
            await bench.update(type(made)(id=made.id, **{field: value}), field, who=who)
        assert refused.value.reason == "FIELD_NOT_WRITABLE"


@about("Get", "List")
async def a_shared_record_is_opened_and_nothing_else(bench: Bench) -> None:
    _skip_unscoped(bench)
    shared, other = await bench.seed(2)
    who = somebody(unit_path="/elsewhere/", scope=Scope.OWN)
    assert await bench.listed([shared.id, other.id], who) == set()
    await _share(bench, shared.id, who)
    assert await bench.listed([shared.id, other.id], who) == {shared.id}
    assert (await bench.do("Get", who, id=shared.id)).id == shared.id
    with pytest.raises(Refusal) as refused:
        await bench.do("Get", who, id=other.id)
    assert refused.value.status is grpc.StatusCode.NOT_FOUND


@about("Get", "Update")
async def a_record_shared_to_be_read_is_refused_to_be_changed(bench: Bench) -> None:
    _skip_unscoped(bench)
    field, value = bench.change
    [made] = await bench.seed()
    who = somebody(unit_path="/elsewhere/", scope=Scope.OWN)
    await _share(bench, made.id, who)
    with pytest.raises(Refusal) as refused:
        await bench.update(type(made)(id=made.id, **{field: value}), field, who=who)
    assert refused.value.reason == "READ_ONLY"


@about("List")
async def a_further_position_adds_its_unit_and_a_departed_unit_goes(bench: Bench) -> None:
    _skip_unscoped(bench)
    far = f"/hq/{uuid4().hex[:10]}/"
    [here], [there] = await bench.seed(), await bench.seed(unit=far)
    plain = bench.somebody(Scope.SUBTREE)
    double = replace(plain, positions=(Position(far, (("*", Scope.UNIT),)),))
    departed = replace(double, departed=(bench.unit,))
    assert await bench.listed([here.id, there.id], plain) == {here.id}
    assert await bench.listed([here.id, there.id], double) == {here.id, there.id}
    assert await bench.listed([here.id, there.id], departed) == {there.id}


def _skip_unscoped(bench: Bench) -> None:
    if bench.entity.__unscoped__:
        pytest.skip(f"{bench.case} is unscoped: {bench.entity.__unscoped__}")


async def _share(bench: Bench, record_id: str, who: Principal) -> None:
    call = bench.running.work()
    row: dict[str, Any] = {
        "id": uuid4(),
        "record_type": bench.entity.__tablename__,
        "record_id": record_id,
        "grantee": f"user:{who.subject}",
        "access": "READ",
        "reason": "",
        "granted_by": bench.admin.actor,
        "create_time": call.now,
        "expire_time": call.now + timedelta(hours=1),
    }
    async with begin(call) as tx:
        await tx.session.execute(insert(record_share).values(row), execution_options=SCOPED)
    bench.running.db.shares.forget()

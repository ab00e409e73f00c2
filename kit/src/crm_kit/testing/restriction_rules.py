"""What every resource promises about records that a restriction withholds: they are absent, whatever else shows them."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import grpc
import pytest
from crm.type.v1.count_pb2 import COUNT_MODE_EXACT

from crm_kit.field_rules import resource_of
from crm_kit.principal import Principal, Restriction, Scope
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.rules import about


def without(bench: Bench, who: Principal, *ids: str, binds_owner: bool = False) -> Principal:
    """The same person, from whom these records are withheld."""
    resource = resource_of(bench.mapping.message.DESCRIPTOR)
    rules = tuple(Restriction(str(uuid4()), resource, f"id = {id}", binds_owner) for id in ids)
    return replace(who, restrictions=rules)


@about("Get", "List")
async def a_withheld_record_is_neither_got_nor_listed_nor_counted_nor_found(bench: Bench) -> None:
    _skip_unscoped(bench)
    word = f"w{uuid4().hex[:12]}"
    also: dict[str, Any] = {bench.case.search: word} if bench.case.search else {}
    [withheld] = await bench.seed(**also)
    [other] = await bench.seed()
    for scope in (Scope.UNIT, Scope.SUBTREE, Scope.ALL):
        plain = bench.somebody(scope)
        ids = [withheld.id, other.id]
        assert await bench.listed(ids, plain) == set(ids)
        who = without(bench, plain, withheld.id)
        assert await bench.listed(ids, who) == {other.id}, scope
        counted = await bench.page(ids, who, count=COUNT_MODE_EXACT, page_size=1)
        assert counted.total_size == 1, scope
        newest = await bench.do("List", who, page_size=200)
        assert withheld.id not in {item.id for item in bench.items(newest)}, scope
        if bench.case.search:
            assert await bench.listed(ids, plain, search=word) >= {withheld.id}
            assert withheld.id not in await bench.listed(ids, who, search=word), scope
        with pytest.raises(Refusal) as refused:
            await bench.do("Get", who, id=withheld.id)
        assert refused.value.status is grpc.StatusCode.NOT_FOUND


@about("Get", "Update")
async def a_withheld_record_cannot_be_changed(bench: Bench) -> None:
    _skip_unscoped(bench)
    field, value = bench.change
    [made] = await bench.seed()
    who = without(bench, bench.admin, made.id)
    with pytest.raises(Refusal) as refused:
        await bench.update(type(made)(id=made.id, **{field: value}), field, who=who)
    assert refused.value.status is grpc.StatusCode.NOT_FOUND
    assert (await bench.do("Get", id=made.id)).etag == made.etag


@about("Get", "Delete")
async def a_withheld_record_cannot_be_removed(bench: Bench) -> None:
    _skip_unscoped(bench)
    [made] = await bench.seed()
    with pytest.raises(Refusal) as refused:
        await bench.do("Delete", without(bench, bench.admin, made.id), id=made.id)
    assert refused.value.status is grpc.StatusCode.NOT_FOUND
    assert (await bench.do("Get", id=made.id)).id == made.id


@about("Get", "List")
async def an_owner_keeps_sight_of_a_withheld_record_unless_the_rule_binds_owners(bench: Bench) -> None:
    _skip_unscoped(bench)
    [made] = await bench.seed(owner=bench.person)
    for scope in (Scope.OWN, Scope.ALL):
        spared, bound = (
            without(bench, bench.somebody(scope), made.id, binds_owner=binds_owner) for binds_owner in (False, True)
        )
        assert await bench.listed([made.id], spared) == {made.id}
        assert (await bench.do("Get", spared, id=made.id)).id == made.id
        assert await bench.listed([made.id], bound) == set()


def _skip_unscoped(bench: Bench) -> None:
    if bench.entity.__unscoped__:
        pytest.skip(f"{bench.case} is unscoped: {bench.entity.__unscoped__}")

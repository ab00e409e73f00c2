"""What every resource promises about who may see and do what."""

from typing import Any
from uuid import uuid4

import grpc
import pytest
from crm.type.v1.count_pb2 import COUNT_MODE_EXACT

from crm_kit.principal import Scope
from crm_kit.rpc import descriptors
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.forgery import bad_tokens
from crm_kit.testing.rules import about
from crm_kit.testing.service import somebody


@about("Get", "List")
async def each_scope_sees_exactly_its_records(bench: Bench) -> None:
    if bench.entity.__unscoped__:
        pytest.skip(f"{bench.case} is unscoped: {bench.entity.__unscoped__}")
    word = f"w{uuid4().hex[:12]}"
    also: dict[str, Any] = {bench.case.search: word} if bench.case.search else {}
    places = {
        "mine": (bench.person, bench.unit),
        "nobody's": (None, bench.unit),
        "colleague's": (uuid4(), bench.unit),
        "below": (uuid4(), f"{bench.unit}d1/"),
        "mine elsewhere": (bench.person, "/hq/elsewhere/"),
        "twin's": (uuid4(), f"{bench.unit[:-1]}0/"),
        "above": (None, "/hq/"),
    }
    ids = {}
    for place, (owner, unit) in places.items():
        [record] = await bench.seed(owner=owner, unit=unit, **also)
        ids[place] = record.id
    here = {"mine", "nobody's", "colleague's"}
    reach = {
        Scope.OWN: {"mine", "nobody's", "mine elsewhere"},
        Scope.UNIT: here,
        Scope.SUBTREE: here | {"below"},
        Scope.ALL: set(places),
    }
    for scope, seen in reach.items():
        who = bench.somebody(scope)
        assert await bench.listed(list(ids.values()), who) == {ids[place] for place in seen}, scope
        counted = await bench.page(list(ids.values()), who, count=COUNT_MODE_EXACT, page_size=1)
        assert counted.total_size == len(seen), scope
        if bench.case.search:
            assert await bench.listed(list(ids.values()), who, search=word) == {ids[place] for place in seen}, scope
        for place, key in ids.items():
            if place in seen:
                assert (await bench.do("Get", who, id=key)).id == key
            else:
                with pytest.raises(Refusal) as refused:
                    await bench.do("Get", who, id=key)
                assert refused.value.status is grpc.StatusCode.NOT_FOUND


@about("Get")
async def nobody_is_served_without_a_valid_principal(bench: Bench) -> None:
    for method in bench.case.methods.values():
        for what, metadata in bad_tokens(bench.running, bench.admin).items():
            with pytest.raises(Refusal) as refused:
                await bench.raw(method, method.request_type(), metadata)
            assert refused.value.status is grpc.StatusCode.UNAUTHENTICATED, (method.name, what)


@about("Get")
async def every_method_needs_its_own_permission(bench: Bench) -> None:
    methods = [m for m in descriptors.methods(descriptors.service(bench.case.service)) if not m.anonymous]
    for method in methods:
        others = [other.permission for other in methods if other.permission != method.permission]
        token = bench.token(somebody(unit_path=bench.unit, permissions=[*others, "elsewhere.*"]))
        with pytest.raises(Refusal) as refused:
            await bench.raw(method, method.request_type(), {"authorization": f"Bearer {token}"})
        assert refused.value.status is grpc.StatusCode.PERMISSION_DENIED, method.name

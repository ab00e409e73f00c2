"""What every resource promises about who may see and do what."""

import re
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from crm.type.v1.count_pb2 import COUNT_MODE_EXACT
from sqlalchemy import select

from crm_kit.access import scoped
from crm_kit.call import Call
from crm_kit.principal import Scope
from crm_kit.row_security import examine, scoped_tables
from crm_kit.rpc import descriptors
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.forgery import bad_tokens
from crm_kit.testing.restriction_rules import without
from crm_kit.testing.rules import about
from crm_kit.testing.service import somebody


@about("Get", "List")
async def each_scope_sees_exactly_its_records(bench: Bench) -> None:
    if bench.entity.__unscoped__:
        pytest.skip(f"{bench.case} is unscoped: {bench.entity.__unscoped__}")
    word = f"w{uuid4().hex[:12]}"
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
        said = f"{word} {place}" if _told_apart_by(bench, bench.case.search) else word
        also: dict[str, Any] = {bench.case.search: said} if bench.case.search else {}
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
async def the_database_itself_hides_what_a_statement_forgot_to(bench: Bench) -> None:
    tables = scoped_tables(bench.running.service.metadata)
    assert not (await examine(bench.running.db.url, tables)).faults
    if bench.entity.__unscoped__:
        pytest.skip(f"{bench.case} is unscoped: {bench.entity.__unscoped__}")
    [record] = await bench.seed()
    everything = select(bench.entity.__table__.c.id)
    neighbour = somebody(unit_path="/hq/elsewhere/", scope=Scope.SUBTREE)
    for who, seen in ((neighbour, False), (bench.somebody(Scope.UNIT), True)):
        context = scoped(Call(bench.running.db, who, "any.thing.list"))
        async with bench.running.db.connect() as connection:
            ids = set((await connection.execute(everything, execution_options=context)).scalars())
        assert (UUID(record.id) in ids) is seen


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


@about("Get")
async def every_method_treats_a_hidden_record_as_an_absent_one(bench: Bench) -> None:
    if bench.entity.__unscoped__:
        pytest.skip(f"{bench.case} is unscoped: {bench.entity.__unscoped__}")
    [hidden] = await bench.seed()
    absent = str(uuid4())
    neighbour = somebody(unit_path="/hq/elsewhere/", scope=Scope.SUBTREE)
    methods = [
        m for m in descriptors.methods(descriptors.service(bench.case.service)) if not (m.internal or m.anonymous)
    ]
    for who, method in product((neighbour, without(bench, bench.admin, hidden.id, absent)), methods):
        headers = {"authorization": f"Bearer {bench.token(who)}"}
        told = []
        for key in (hidden.id, absent):
            try:
                answer: Any = await bench.raw(method, _about(method.request_type(), bench, key), headers)
                told.append(str(answer))
            except Refusal as refused:
                told.append(f"{refused.status} {refused.reason} {refused.text} {refused.fields}".replace(key, "ID"))
        assert told[0] == told[1], method.name
    with pytest.raises(Refusal) as refusal:
        await bench.do("Get", neighbour, id=hidden.id)
    assert refusal.value.status is grpc.StatusCode.NOT_FOUND


def _about(request: Any, bench: Bench, key: str) -> Any:
    """The request, as far as it names a record of the bench's kind, naming this one; the rest plausibly filled."""
    own = {"id", "ids", f"{bench.entity.__tablename__}_id", f"{bench.entity.__tablename__}_ids"}
    for field in request.DESCRIPTOR.fields:
        if field.message_type is not None:
            if field.message_type.full_name == bench.mapping.full_name and not field.is_repeated:
                getattr(request, field.name).id = key
            elif field.message_type.name == "Timestamp" and not field.is_repeated:
                getattr(request, field.name).GetCurrentTime()
        elif field.cpp_type == field.CPPTYPE_STRING and field.name in own:
            _put(request, field, key)
        elif field.cpp_type == field.CPPTYPE_STRING and field.name.endswith(("reason", "text", "note", "comment")):
            _put(request, field, "because")
        elif field.cpp_type == field.CPPTYPE_ENUM and not field.is_repeated and len(field.enum_type.values) > 1:
            setattr(request, field.name, field.enum_type.values[1].number)
    return request


def _put(request: Any, field: Any, value: str) -> None:
    if field.is_repeated:
        getattr(request, field.name).append(value)
    else:
        setattr(request, field.name, value)


def _told_apart_by(bench: Bench, field: str) -> bool:
    """Whether no two records may have the same word in the field."""
    indexes = bench.entity.metadata.tables[bench.entity.__tablename__].indexes
    return any(
        index.unique and re.search(rf"\b{field}\b", str(part)) for index in indexes for part in index.expressions
    )

"""The promises of the standard methods (AIP-131 to 135), each as one rule any resource can be held to."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import grpc
import pytest
from crm.type.v1.count_pb2 import COUNT_MODE_CAPPED, COUNT_MODE_EXACT
from google.protobuf.descriptor import FieldDescriptor

from crm_kit.fieldtypes import behaviors
from crm_kit.principal import Scope
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.rules import about

BLANKABLE = frozenset({FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_ENUM, FieldDescriptor.CPPTYPE_MESSAGE})
"""Kinds of fields in which nothing can be told from something."""


@about("Create", "Get", "List", "Update", "Delete")
async def a_record_is_created_read_listed_changed_and_deleted(bench: Bench) -> None:
    field, value = bench.change
    made = await bench.create(await bench.make())
    assert await bench.do("Get", id=made.id) == made
    assert await bench.listed([made.id]) == {made.id}
    changed = await bench.update(type(made)(id=made.id, etag=made.etag, **{field: value}), field)
    assert getattr(changed, field) == value
    assert changed.etag != made.etag
    assert await bench.do("Get", id=made.id) == changed
    await bench.do("Delete", id=made.id, etag=changed.etag)
    assert await bench.listed([made.id]) == set()
    with pytest.raises(Refusal) as refused:
        await bench.do("Get", id=made.id)
    assert refused.value.status is grpc.StatusCode.NOT_FOUND


@about("Update")
async def an_update_touches_what_its_mask_names_and_nothing_else(bench: Bench) -> None:
    field, value = bench.change
    [made] = await bench.seed()
    other = await bench.make(**{field: value})
    other.id = made.id
    changed = await bench.update(other, field)
    assert getattr(changed, field) == value
    kept = [each.name for each in made.DESCRIPTOR.fields if not behaviors(each).output_only]
    for name in set(kept) - {field, "etag", "password"}:
        assert getattr(changed, name) == getattr(made, name), name


@about("Get")
async def absent_hidden_pending_and_deleted_records_look_alike(bench: Bench) -> None:
    [pending] = await bench.seed(pending_operation_id=uuid4())
    [deleted] = await bench.seed(delete_time=datetime.now(UTC))
    ids = [str(uuid4()), "no-such-id", pending.id, deleted.id]
    who = bench.somebody(Scope.SUBTREE)
    if not bench.entity.__unscoped__:
        [hidden] = await bench.seed(unit=f"/hq/{uuid4().hex[:10]}/")
        ids.append(hidden.id)
    texts = set()
    for verb in {"Get", "Update", "Delete"} & bench.case.methods.keys():
        for key in ids:
            arguments: dict[str, Any] = {"id": key}
            if verb == "Update":
                field, value = bench.change
                message = type(pending)(id=key, **{field: value})
                arguments = {bench.resource_field(verb): message, "update_mask": {"paths": [field]}}
            with pytest.raises(Refusal) as refused:
                await bench.do(verb, who, **arguments)
            assert (refused.value.status, refused.value.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
            texts.add(refused.value.text.replace(key, "…"))
    assert len(texts) == 1
    if "List" in bench.case.methods:
        assert await bench.listed([pending.id, deleted.id], bench.admin) == set()


@about("Update")
async def a_stale_etag_is_refused_and_an_absent_one_is_not(bench: Bench) -> None:
    field, value = bench.change
    [made] = await bench.seed()
    message = type(made)(id=made.id, etag="999", **{field: value})
    with pytest.raises(Refusal) as refused:
        await bench.update(message, field)
    assert (refused.value.status, refused.value.reason) == (grpc.StatusCode.ABORTED, "STALE_ETAG")
    if "Delete" in bench.case.methods:
        with pytest.raises(Refusal) as refused:
            await bench.do("Delete", id=made.id, etag="999")
        assert refused.value.reason == "STALE_ETAG"
    message.etag = ""
    assert getattr(await bench.update(message, field), field) == value


@about("Create", "Update")
async def output_only_fields_are_ignored_on_creation_and_refused_in_a_mask(bench: Bench) -> None:
    honest = await bench.make()
    forged = type(honest)()
    forged.CopyFrom(honest)
    names = [each.name for each in honest.DESCRIPTOR.fields if behaviors(each).output_only and not each.is_repeated]
    for each in (honest.DESCRIPTOR.fields_by_name[name] for name in names):
        if each.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            setattr(forged, each.name, "forged")
        elif each.message_type is None:
            setattr(forged, each.name, 1)
        elif each.message_type.full_name == "google.protobuf.Timestamp":
            getattr(forged, each.name).seconds = 1
    made = await bench.create(forged)
    for each in (honest.DESCRIPTOR.fields_by_name[name] for name in names):
        if each.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            assert getattr(made, each.name) != "forged", each.name
        elif each.message_type is not None and each.message_type.full_name == "google.protobuf.Timestamp":
            assert getattr(made, each.name).seconds != 1, each.name
    masked = sorted(set(names) - {"id"})
    with pytest.raises(Refusal) as refused:
        await bench.update(type(made)(id=made.id), *masked)
    assert refused.value.fields == dict.fromkeys(masked, "READ_ONLY")


@about("Create")
async def missing_required_fields_are_reported_all_at_once(bench: Bench) -> None:
    empty = type(bench.case.make())()
    required = {
        each.name
        for each in empty.DESCRIPTOR.fields
        if behaviors(each).required and (each.is_repeated or each.cpp_type in BLANKABLE)
    }
    if not required:
        pytest.skip(f"{bench.case} requires nothing")
    with pytest.raises(Refusal) as refused:
        await bench.create(empty)
    assert refused.value.status is grpc.StatusCode.INVALID_ARGUMENT
    assert {name for name, reason in refused.value.fields.items() if reason == "REQUIRED"} >= required


@about("List")
async def page_tokens_walk_every_record_exactly_once(bench: Bench) -> None:
    ids = [record.id for record in await bench.seed(7)]
    walked: list[str] = []
    token = ""
    for _ in range(10):
        page = await bench.page(ids, page_size=3, page_token=token)
        walked += [item.id for item in bench.items(page)]
        token = page.next_page_token
        if not token:
            break
    assert sorted(walked) == sorted(ids)
    first = await bench.page(ids, page_size=3)
    for bad, other in (("nonsense", ids), (first.next_page_token, ids[:6])):
        with pytest.raises(Refusal) as refused:
            await bench.page(other, page_size=3, page_token=bad)
        assert set(refused.value.fields) == {"page_token"}


@about("List")
async def an_unknown_field_is_refused_with_near_names(bench: Bench) -> None:
    [made] = await bench.seed()
    field = bench.change[0]
    slip = field + field[-1]
    for arguments in ({"filter": f"{slip} = 1"}, {"order_by": slip}, {"fields": {"paths": [slip]}}):
        with pytest.raises(Refusal) as refused:
            await bench.page([made.id], **arguments)
        assert refused.value.status is grpc.StatusCode.INVALID_ARGUMENT
        assert set(refused.value.fields) == set(arguments)
        assert field in refused.value.text


@about("List")
async def a_list_answers_with_the_fields_asked_for(bench: Bench) -> None:
    [made] = await bench.seed()
    field = bench.change[0]
    [item] = bench.items(await bench.page([made.id], fields={"paths": [field]}))
    assert {each.name for each, _ in item.ListFields()} <= {"id", "etag", field}
    assert (item.id, item.etag, getattr(item, field)) == (made.id, made.etag, getattr(made, field))
    every = [name for name in bench.mapping.fields if name not in bench.mapping.hidden]
    [whole] = bench.items(await bench.page([made.id], fields={"paths": every}))
    [plain] = bench.items(await bench.page([made.id]))
    assert whole == plain == made


@about("List")
async def records_are_counted_only_when_asked(bench: Bench) -> None:
    ids = [record.id for record in await bench.seed(4)]
    assert (await bench.page(ids, page_size=1)).total_size == 0
    for mode in (COUNT_MODE_CAPPED, COUNT_MODE_EXACT):
        assert (await bench.page(ids, page_size=1, count=mode)).total_size == 4


@about("Update")
async def every_change_tells_who_changed_what_from_what_to_what(bench: Bench) -> None:
    field, value = bench.change
    [made] = await bench.seed()
    await bench.update(type(made)(id=made.id, **{field: value}), field)
    facts = await bench.rows("SELECT * FROM audit_entry WHERE record_id = :id ORDER BY id", id=made.id)
    assert [fact.action for fact in facts[:2]] == ["insert", "update"]
    assert facts[1].record_type == bench.entity.__tablename__
    assert facts[1].actor == bench.admin.actor
    assert facts[1].details[field]["old"] != facts[1].details[field]["new"]
    if isinstance(value, (str, bool)):
        assert facts[1].details[field]["new"] == value


@about("List")
async def a_list_costs_the_same_number_of_statements_at_any_length(bench: Bench) -> None:
    ids = [record.id for record in await bench.seed(15)]
    await bench.page(ids[:1])
    costs = []
    for wanted in (ids[:1], ids):
        with bench.statements() as sent:
            await bench.page(wanted)
        costs.append(len([statement for statement in sent if "FROM custom_field " not in statement]))
    assert costs == [bench.case.list_statements] * 2, costs

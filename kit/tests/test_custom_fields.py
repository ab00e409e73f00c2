"""Fields a company adds behave like built-in ones."""

from typing import Any
from uuid import uuid4

import pytest
from crm.ops.v1 import custom_field_service_pb2 as pb

from crm_kit.custom_field_service import CustomFieldService
from crm_kit.custom_fields import CustomField, check
from crm_kit.errors import AlreadyExists, InvalidArgument, NotFound
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.service import RunningService

from .test_resource import BOX, a_box

ADMIN = CustomFieldService("shelf")


@pytest.fixture
def bench(shelf: RunningService) -> Bench:
    return Bench(shelf, BOX)


async def a_field(bench: Bench, type: str, **facts: Any) -> pb.CustomField:
    field = pb.CustomField(resource="box", name=f"f{uuid4().hex[:10]}", type=type, **facts)
    return await ADMIN.CreateCustomField(pb.CreateCustomFieldRequest(custom_field=field), bench.running.work())


def a_definition(type: str, *, required: bool = False, options: tuple[str, ...] = ()) -> CustomField:
    return CustomField(uuid4(), "box", "x", type, "Size", "尺寸", required, options)


async def test_a_field_is_defined_filled_filtered_sorted_and_hidden(bench: Bench) -> None:
    field = await a_field(bench, "TYPE_NUMBER")
    path = f"custom_fields.{field.name}"
    small, large = [await bench.create(a_box(custom_fields={field.name: size})) for size in (2, 10)]
    ids = [small.id, large.id]
    assert await bench.listed(ids, filter=f"{path} > 2") == {large.id}
    page = await bench.page(ids, order_by=f"{path} desc")
    assert [box.id for box in bench.items(page)] == [large.id, small.id]
    listed = await ADMIN.ListCustomFields(pb.ListCustomFieldsRequest(resource="box"), bench.running.work())
    assert field in listed.custom_fields
    await ADMIN.DeleteCustomField(pb.DeleteCustomFieldRequest(id=field.id), bench.running.work())
    with pytest.raises(Refusal):
        await bench.page(ids, filter=f"{path} > 2")
    assert (await bench.do("Get", id=small.id)).custom_fields[field.name] == 2
    with pytest.raises(NotFound):
        await ADMIN.DeleteCustomField(pb.DeleteCustomFieldRequest(id=field.id), bench.running.work())


async def test_an_update_merges_and_a_null_removes(bench: Bench) -> None:
    one, two = await a_field(bench, "TYPE_TEXT"), await a_field(bench, "TYPE_TEXT")
    made = await bench.create(a_box(custom_fields={one.name: "a", two.name: "b"}))
    merged = await bench.update(type(made)(id=made.id, custom_fields={one.name: "c"}), "custom_fields")
    assert dict(merged.custom_fields) == {one.name: "c", two.name: "b"}
    named = type(made)(id=made.id, custom_fields={one.name: "no", two.name: "d"})
    changed = await bench.update(named, f"custom_fields.{two.name}")
    assert dict(changed.custom_fields) == {one.name: "c", two.name: "d"}
    gone = await bench.update(type(made)(id=made.id, custom_fields={one.name: None}), "custom_fields")
    assert dict(gone.custom_fields) == {two.name: "d"}
    assert dict((await bench.update(type(made)(id=made.id), f"custom_fields.{two.name}")).custom_fields) == {}


async def test_a_definition_is_checked_as_a_whole(bench: Bench) -> None:
    bad = pb.CustomField(resource="chair", name="Größe", options=["x"])
    with pytest.raises(InvalidArgument) as refused:
        await ADMIN.CreateCustomField(pb.CreateCustomFieldRequest(custom_field=bad), bench.running.work())
    assert [violation.field for violation in refused.value.violations] == ["resource", "name", "type", "options"]


async def test_a_name_is_given_once_for_ever(bench: Bench) -> None:
    field = await a_field(bench, "TYPE_TEXT")
    await ADMIN.DeleteCustomField(pb.DeleteCustomFieldRequest(id=field.id), bench.running.work())
    with pytest.raises(AlreadyExists):
        await ADMIN.CreateCustomField(pb.CreateCustomFieldRequest(custom_field=field), bench.running.work())


@pytest.mark.parametrize(
    ("type", "value", "stored"),
    [
        ("TYPE_TEXT", "红", "红"),
        ("TYPE_NUMBER", "12", 12),
        ("TYPE_NUMBER", 2.5, 2.5),
        ("TYPE_BOOLEAN", "TRUE", True),
        ("TYPE_BOOLEAN", False, False),
        ("TYPE_DATE", "2026-11-23", "2026-11-23"),
        ("TYPE_CHOICE", "a", "a"),
    ],
)
def test_values_are_stored_in_one_form(type: str, value: Any, stored: Any) -> None:
    definition = a_definition(type, options=("a", "b"))
    assert check((definition,), {"x": value}, complete=True) == ({"x": stored}, [])


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("TYPE_TEXT", "x" * 2001),
        ("TYPE_TEXT", {"a": 1}),
        ("TYPE_NUMBER", "1e999999999"),
        ("TYPE_NUMBER", 1e300),
        ("TYPE_NUMBER", True),
        ("TYPE_NUMBER", [1]),
        ("TYPE_BOOLEAN", "yes"),
        ("TYPE_DATE", "tomorrow"),
        ("TYPE_CHOICE", "c"),
    ],
)
def test_a_value_of_another_type_is_refused_and_the_right_one_described(type: str, value: Any) -> None:
    definition = a_definition(type, options=("a", "b"))
    kept, [wrong] = check((definition,), {"x": value}, complete=True)
    assert (kept, wrong.field, wrong.reason) == ({}, "custom_fields.x", "WRONG_TYPE")


def test_an_unknown_field_is_refused_naming_the_known_ones() -> None:
    _, [wrong] = check((a_definition("TYPE_TEXT"),), {"y": 1}, complete=True)
    assert (wrong.reason, "x" in wrong.en) == ("UNKNOWN_FIELD", True)


def test_a_required_field_is_needed_at_first_and_cannot_be_emptied_later() -> None:
    definition = a_definition("TYPE_TEXT", required=True)
    assert [wrong.reason for wrong in check((definition,), {}, complete=True)[1]] == ["REQUIRED"]
    assert [wrong.reason for wrong in check((definition,), {"x": ""}, complete=True)[1]] == ["REQUIRED"]
    assert check((definition,), {}, complete=False) == ({}, [])
    assert [wrong.reason for wrong in check((definition,), {"x": None}, complete=False)[1]] == ["REQUIRED"]

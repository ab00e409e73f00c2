"""What is kept of an answer, so that a repeated request can have it again, tells nothing about a person."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from crm.type.v1.options_pb2 import DATA_CLASS_PERSONAL
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from crm_kit import kept_answers
from crm_kit.mapping import mapping_of
from crm_kit.rpc.descriptors import Method

from .contract import data_class, parts

SERVICES = ("leads", "customers", "sales", "service_desk", "marketing", "reporting", "identity")
for service in SERVICES:
    import_module(f"crm_{service}.service")

DEPTH = 4


def kept() -> Iterator[Any]:
    """The RPCs that honour a key and answer with no stored record."""
    for part in parts():
        if part.kind == "rpc":
            method = Method(part.descriptor)
            changing = not (method.reads or method.anonymous or method.internal)
            if changing and mapping_of(part.descriptor.output_type.full_name) is None:
                yield pytest.param(method, id=method.full_name)


@pytest.mark.parametrize("method", list(kept()))
def test_no_personal_value_is_kept_of_an_answer(method: Method) -> None:
    answer = method.response_type()
    fill(answer, DEPTH)
    again = method.response_type.FromString(kept_answers.pack(answer))
    assert list(personal(again, method.name)) == []


def fill(message: Any, depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        kind = field.message_type
        if kind is None:
            value = sample(field)
            getattr(message, field.name).append(value) if field.is_repeated else setattr(message, field.name, value)
        elif depth and not kind.GetOptions().map_entry and kind.full_name.startswith("crm."):
            inner = message_factory.GetMessageClass(kind)()
            fill(inner, depth - 1)
            if field.is_repeated:
                getattr(message, field.name).append(inner)
            else:
                getattr(message, field.name).CopyFrom(inner)


def sample(field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    return {field.CPPTYPE_STRING: "x", field.CPPTYPE_BOOL: True}.get(field.cpp_type, 1) if not _bytes(field) else b"x"


def _bytes(field: FieldDescriptor) -> bool:
    return field.type == field.TYPE_BYTES


def personal(message: Message, path: str) -> Iterator[str]:
    for field, value in message.ListFields():
        here = f"{path}.{field.name}"
        if data_class(field) >= DATA_CLASS_PERSONAL:
            yield here
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            items: Any = value if field.is_repeated else [value]
            for item in items:
                yield from personal(item, here)

"""``field=value`` as people type it, to the JSON of the field's type."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from crm_client.catalog import is_output_only
from crm_client.errors import Usage, unknown

_STRUCT: Final = "google.protobuf.Struct"
_TIMESTAMP: Final = "google.protobuf.Timestamp"
_MONEY: Final = "crm.type.v1.Money"
_TEXTUAL: Final = ("google.protobuf.FieldMask", "google.protobuf.Duration")
_TRUTHS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_INTEGERS: Final = frozenset(
    {
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT32,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_SINT32,
        FieldDescriptor.TYPE_SINT64,
    }
)


def read_assignments(message: Descriptor, words: Iterable[str]) -> dict[str, Any]:
    """``name=王小明 tags=vip,hot custom_fields.floor=3`` as the JSON of the message.

    Lists are separated by commas or given as JSON; a dotted name reaches into a message; an empty value clears.
    Raises Usage naming the field and what it expects.
    """
    record: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise Usage("{word} is not field=value.", word=word)
        _put(record, message, name.split("."), text, name)
    return record


def check_fields(message: Descriptor, record: dict[str, Any]) -> None:
    """Raises Usage for names of a JSON record that the message does not have."""
    for name in record:
        find_field(message, name)


def find_field(message: Descriptor, name: str) -> FieldDescriptor:
    """Raises Usage with near names."""
    found = message.fields_by_name.get(name)
    if found is None:
        raise unknown("field", name, [each.name for each in message.fields], within=message.name)
    return found


def _put(record: dict[str, Any], message: Descriptor, path: list[str], text: str, name: str) -> None:
    field = find_field(message, path[0])
    if is_output_only(field):
        raise Usage("{name} is set by the server and cannot be given.", name=name)
    if len(path) == 1:
        record[field.name] = read_value(field, text, name)
    elif field.message_type is None or field.is_repeated:
        raise Usage("{name}: {field} has no parts.", name=name, field=field.name)
    elif field.message_type.full_name == _STRUCT:
        record.setdefault(field.name, {})[".".join(path[1:])] = _json_or_text(text)
    else:
        _put(record.setdefault(field.name, {}), field.message_type, path[1:], text, name)


def read_value(field: FieldDescriptor, text: str, name: str) -> Any:
    """The JSON value of the text, by the type of the field; ``name`` is how the person wrote it."""
    if not field.is_repeated:
        return _one(field, text, name)
    if text.lstrip().startswith("["):
        return _json(text, name)
    return [_one(field, part.strip(), name) for part in text.split(",")] if text else []


def _one(field: FieldDescriptor, text: str, name: str) -> Any:
    if field.message_type is not None:
        return _message(field.message_type, text, name)
    if field.enum_type is not None:
        return _enum(field, text, name)
    if field.type == FieldDescriptor.TYPE_BOOL:
        if text.lower() not in _TRUTHS:
            raise Usage("{name} expects true or false, not {given}.", name=name, given=text)
        return _TRUTHS[text.lower()]
    if field.type in _INTEGERS:
        return _number(int, text, name, "{name} expects a whole number, not {given}.")
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return _number(float, text, name, "{name} expects a number, not {given}.")
    return text


def _number(kind: type[int] | type[float], text: str, name: str, refusal: str) -> float:
    try:
        return kind(text.replace(",", ""))
    except ValueError:
        raise Usage(refusal, name=name, given=text) from None


def _enum(field: FieldDescriptor, text: str, name: str) -> str:
    assert field.enum_type is not None
    wanted = text.upper().replace("-", "_")
    known = [value.name for value in field.enum_type.values]
    for value in known:
        if value == wanted or value.endswith(f"_{wanted}"):
            return value
    raise unknown("value", text, known[1:], within=name)


def _message(message: Descriptor, text: str, name: str) -> Any:
    if message.full_name == _TIMESTAMP:
        return read_instant(text, name) if text else None
    if message.full_name in _TEXTUAL:
        return text
    money = re.fullmatch(r"(-?[\d.,]+)\s+([A-Za-z]{3})", text.strip())
    if message.full_name == _MONEY and money:
        return {"amount": money[1].replace(",", ""), "currency": money[2].upper()}
    return _json(text, name) if text else None


def read_instant(text: str, name: str) -> str:
    """A day or a day with time as RFC 3339; without an offset it is local time."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(
            "{name} expects a date or time such as 2026-11-23 or 2026-11-23T14:30, not {given}.", name=name, given=text
        ) from None
    return (instant if instant.tzinfo else instant.astimezone()).isoformat()


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as fault:
        raise Usage("{name} expects JSON: {fault}.", name=name, fault=fault) from None


def _json_or_text(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text

"""How one field of a client's message becomes column values, with what to say when it cannot."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from google.api.field_behavior_pb2 import FieldBehavior, field_behavior
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict, SerializeToJsonError
from google.protobuf.message import Message
from sqlalchemy import Date, DateTime, Numeric, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit.errors import Violation

TEXT_LIMIT = 10_000
"""Characters in one text field; more is refused rather than cut."""

MONEY = "crm.type.v1.Money"
TIMESTAMP = "google.protobuf.Timestamp"
STRUCT = "google.protobuf.Struct"
NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(slots=True)
class Found:
    """What a field held: column values, whether it was blank, what was wrong."""

    values: dict[str, Any] = attribute(default_factory=dict)
    blank: bool = False
    violations: list[Violation] = attribute(default_factory=list)


Reader = Callable[[Any, Message], Found]


class Behavior(NamedTuple):
    """What AIP-203 annotations say about a field."""

    required: bool
    output_only: bool
    immutable: bool
    input_only: bool


@lru_cache(maxsize=4096)
def behaviors(field: FieldDescriptor) -> Behavior:
    present = field.GetOptions().Extensions[field_behavior]
    return Behavior(
        FieldBehavior.REQUIRED in present,
        FieldBehavior.OUTPUT_ONLY in present,
        FieldBehavior.IMMUTABLE in present,
        FieldBehavior.INPUT_ONLY in present,
    )


def reader_of(field: FieldDescriptor, columns: Any) -> Reader:
    """The reader for a field stored in the column of the same name."""
    name, column = field.name, columns[field.name]
    if field.message_type is not None:
        return _message_reader(field, columns)
    if field.is_repeated:
        if isinstance(column.type, ARRAY) and isinstance(column.type.item_type, Uuid):
            return lambda value, _: _each_uuid(name, value)
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            return lambda value, _: _each_text(name, value)
        return lambda value, _: Found({name: list(value)}, blank=not value)
    if field.enum_type is not None:
        names = {value.number: value.name for value in field.enum_type.values}
        return lambda value, _: _enum(name, value, names)
    if field.cpp_type != FieldDescriptor.CPPTYPE_STRING:
        if field.has_presence:
            return lambda value, message: _optional(name, value, message)
        return lambda value, _: Found({name: value}, blank=False)
    return _text_reader(name, column.type)


def _text_reader(name: str, kind: Any) -> Reader:
    if isinstance(kind, Uuid):
        return lambda value, _: _parsed(name, value, UUID, "NOT_A_UUID", "a UUID", "一个 UUID")
    if isinstance(kind, Date):
        return lambda value, _: _parsed(
            name, value, date.fromisoformat, "NOT_A_DATE", "a day like 2026-11-23", "形如 2026-11-23 的日期"
        )
    if isinstance(kind, DateTime):
        raise TypeError(f"{name}: instants are google.protobuf.Timestamp in the contract")
    if isinstance(kind, Numeric):
        return lambda value, _: _parsed(
            name, value, decimal_of, "NOT_A_NUMBER", "a decimal number like 1234.50", "形如 1234.50 的数字"
        )
    return lambda value, _: _text(name, value)


def _message_reader(field: FieldDescriptor, columns: Any) -> Reader:
    assert field.message_type is not None
    name, full_name = field.name, field.message_type.full_name
    if field.is_repeated:
        return lambda value, _: _json(name, value, blank=not value)
    if full_name == TIMESTAMP:
        return lambda value, message: _timestamp(name, value, message)
    if full_name == MONEY:
        currency = name + "_currency" if name + "_currency" in columns else "currency"
        return lambda value, message: _money(name, currency, value, message)
    return lambda value, message: _json(name, value, blank=not message.HasField(name))


def decimal_of(value: str) -> Decimal:
    """A finite decimal with at most 6 fraction digits and 14 before the point, or ValueError."""
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(value) from error
    exponent = number.as_tuple().exponent
    if not number.is_finite() or not isinstance(exponent, int) or exponent < -6 or number.adjusted() > 13:
        raise ValueError(value)
    return number


def _text(name: str, value: str) -> Found:
    value = value.strip()
    if len(value) > TEXT_LIMIT:
        return Found(
            violations=[
                Violation(
                    name,
                    "TOO_LONG",
                    f"At most {TEXT_LIMIT} characters; this has {len(value)}.",
                    f"最多 {TEXT_LIMIT} 个字符，当前 {len(value)} 个。",
                )
            ]
        )
    if "\x00" in value:
        return Found(violations=[_nul(name)])
    return Found({name: value}, blank=not value)


def _each_text(name: str, values: Any) -> Found:
    found = [_text(name, value) for value in values]
    violations = [violation for item in found for violation in item.violations]
    kept = [item.values[name] for item in found if item.values]
    return Found({name: kept}, blank=not found, violations=violations)


def _optional(name: str, value: Any, message: Message) -> Found:
    present = message.HasField(name)
    return Found({name: value if present else None}, blank=not present)


def _json(name: str, value: Any, *, blank: bool) -> Found:
    """A message or several as they are kept in a JSONB column, which holds neither NUL nor infinite numbers."""
    try:
        one = not isinstance(value, Sequence)
        kept: Any = stored(value) if one else [stored(item) for item in value]
    except (ValueError, SerializeToJsonError):
        return Found(
            violations=[Violation(name, "NOT_A_NUMBER", "Give finite numbers only.", "数字不能是无穷大或 NaN。")]
        )
    if NUL_IN_JSON.search(orjson.dumps(kept)):
        return Found(violations=[_nul(name)])
    return Found({name: kept}, blank=blank)


def stored(message: Message) -> dict[str, Any]:
    """A message as it is kept in a JSONB column: proto field names, absent fields left out."""
    return MessageToDict(message, preserving_proto_field_name=True)


def _nul(name: str) -> Violation:
    return Violation(name, "NUL_CHARACTER", "Remove the NUL character.", "请删除空字符（NUL）。")


def _parsed(name: str, value: str, parse: Callable[[str], Any], reason: str, en: str, zh: str) -> Found:
    value = value.strip()
    if not value:
        return Found({name: None}, blank=True)
    try:
        return Found({name: parse(value)})
    except ValueError:
        return Found(violations=[Violation(name, reason, f"{value[:60]!r} is not {en}.", f"“{value[:60]}”不是{zh}。")])


def _each_uuid(name: str, values: Any) -> Found:
    found = [_parsed(name, value, UUID, "NOT_A_UUID", "a UUID", "一个 UUID") for value in values]
    violations = [violation for item in found for violation in item.violations]
    return Found({name: [item.values[name] for item in found if item.values]}, blank=not found, violations=violations)


def _enum(name: str, number: int, names: dict[int, str]) -> Found:
    if number == 0:
        return Found({name: ""}, blank=True)
    if number not in names:
        allowed = ", ".join(value for key, value in names.items() if key)
        return Found(violations=[Violation(name, "UNKNOWN_VALUE", f"Choose one of {allowed}.", f"请选择：{allowed}。")])
    return Found({name: names[number]})


def _timestamp(name: str, value: Any, message: Message) -> Found:
    if not message.HasField(name):
        return Found({name: None}, blank=True)
    try:
        return Found({name: value.ToDatetime(tzinfo=UTC)})
    except (ValueError, OverflowError):
        return Found(violations=[Violation(name, "NOT_A_TIME", "The time is out of range.", "时间超出范围。")])


def _money(name: str, currency: str, value: Any, message: Message) -> Found:
    if not message.HasField(name) or not (value.amount or value.currency):
        return Found({name: None}, blank=True)
    found = _parsed(
        f"{name}.amount",
        value.amount,
        decimal_of,
        "NOT_A_NUMBER",
        "a decimal number like 1234.50",
        "形如 1234.50 的数字",
    )
    code = value.currency.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        found.violations.append(
            Violation(
                f"{name}.currency",
                "NOT_A_CURRENCY",
                "Give an ISO 4217 code such as CNY.",
                "请填写 ISO 4217 货币代码，例如 CNY。",
            )
        )
    if found.blank:
        found.violations.append(Violation(f"{name}.amount", "REQUIRED", "Give the amount.", "请填写金额。"))
    return Found({name: found.values.get(f"{name}.amount"), currency: code}, violations=found.violations)

"""JSON scalars to protobuf scalars; each reader answers the value or refuses with what was expected instead."""

import math
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from crm_gateway.json_codec.instants import parse_duration, parse_timestamp

Reader = Callable[[Any], Any]
# The shortest decimal of the largest 32-bit float lies a little above it.
_FLOAT32_MAX = 3.4028235e38
_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_WORDS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
_SHOWN_CHOICES = 30


class Refused(Exception):  # a refusal is collected as a violation, it is not a fault of ours
    """The value cannot be read: a reason code and what was expected, in both languages."""

    def __init__(self, reason: str, en: str, zh: str) -> None:
        self.reason, self.en, self.zh = reason, en, zh
        super().__init__(reason)


def wrong_type(en: str, zh: str) -> Refused:
    return Refused("WRONG_TYPE", f"must be {en}", f"必须是{zh}")


def _string(value: Any) -> str:
    if type(value) is not str:
        raise wrong_type("a string", "字符串")
    return value


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise wrong_type("true or false", " true 或 false")
    return value


def _bytes(value: Any) -> bytes:
    text = _string(value).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (NotBase64, ValueError) as error:
        raise Refused("INVALID_BASE64", "must be base64", "必须是 base64 编码") from error


def _integer(low: int, high: int) -> Reader:
    def read(value: Any) -> int:
        number = value if type(value) is int else _whole(value)
        if not low <= number <= high:
            raise Refused("OUT_OF_RANGE", f"must be from {low} to {high}", f"必须在 {low} 到 {high} 之间")
        return number

    return read


def _whole(value: Any) -> int:
    if type(value) is str and _INTEGER.fullmatch(value):
        return int(value)
    if type(value) is float or (type(value) is str and value == value.strip() and "_" not in value):
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if number.is_integer():
            return int(number)
    raise wrong_type("a whole number", "整数")


def _floating(limit: float) -> Reader:
    def read(value: Any) -> float:
        if type(value) is str:
            if value in _WORDS:
                return _WORDS[value]
            try:
                number = float(value) if value == value.strip() and "_" not in value else math.nan
            except ValueError:
                number = math.nan
        elif type(value) is float or type(value) is int:
            number = float(value)
        else:
            number = math.nan
        if math.isnan(number):
            raise wrong_type("a number", "数字")
        if abs(number) > limit or math.isinf(number):
            raise Refused("OUT_OF_RANGE", "is too large a number", "数值过大")
        return number

    return read


def enum_reader(enum: EnumDescriptor) -> Reader:
    """Reads names and numbers; unknown numbers pass, as enums are open."""
    numbers = {value.name: value.number for value in enum.values}
    choices = ", ".join(list(numbers)[:_SHOWN_CHOICES])
    whole = _integer(-(2**31), 2**31 - 1)

    def read(value: Any) -> int:
        known = numbers.get(value) if type(value) is str else None
        if known is not None:
            return known
        try:
            return int(whole(value))
        except Refused as error:
            raise Refused("UNKNOWN_VALUE", f"must be one of {choices}", f"必须是以下之一：{choices}") from error

    return read


def timestamp(value: Any) -> dict[str, int]:
    try:
        seconds, nanos = parse_timestamp(_string(value))
    except (ValueError, Refused) as error:
        raise Refused(
            "INVALID_TIMESTAMP",
            "not an RFC 3339 timestamp; write it like 2026-11-23T08:00:00Z",
            "不是 RFC 3339 时间，请写成 2026-11-23T08:00:00Z 的形式",
        ) from error
    return {"seconds": seconds, "nanos": nanos}


def duration(value: Any) -> dict[str, int]:
    try:
        seconds, nanos = parse_duration(_string(value))
    except (ValueError, Refused) as error:
        raise Refused("INVALID_DURATION", "must be seconds like 1.5s", "必须是形如 1.5s 的秒数") from error
    return {"seconds": seconds, "nanos": nanos}


_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*", re.ASCII)
_CAPITAL = re.compile(r"[A-Z]")


def field_mask(value: Any) -> dict[str, list[str]]:
    """Comma-separated paths in either spelling; ``*`` stands for all fields."""
    paths = []
    for path in filter(None, _string(value).split(",")):
        if path != "*" and not _PATH.fullmatch(path):
            raise Refused("INVALID_FIELD_MASK", "must be field names separated by commas", "必须是以逗号分隔的字段名")
        paths.append(_CAPITAL.sub(lambda match: f"_{match[0].lower()}", path))
    return {"paths": paths}


_I32, _I64 = _integer(-(2**31), 2**31 - 1), _integer(-(2**63), 2**63 - 1)
_U32, _U64 = _integer(0, 2**32 - 1), _integer(0, 2**64 - 1)
_BY_TYPE: dict[int, Reader] = {
    FieldDescriptor.TYPE_STRING: _string,
    FieldDescriptor.TYPE_BOOL: _bool,
    FieldDescriptor.TYPE_BYTES: _bytes,
    FieldDescriptor.TYPE_DOUBLE: _floating(math.inf),
    FieldDescriptor.TYPE_FLOAT: _floating(_FLOAT32_MAX),
    FieldDescriptor.TYPE_INT32: _I32,
    FieldDescriptor.TYPE_SINT32: _I32,
    FieldDescriptor.TYPE_SFIXED32: _I32,
    FieldDescriptor.TYPE_INT64: _I64,
    FieldDescriptor.TYPE_SINT64: _I64,
    FieldDescriptor.TYPE_SFIXED64: _I64,
    FieldDescriptor.TYPE_UINT32: _U32,
    FieldDescriptor.TYPE_FIXED32: _U32,
    FieldDescriptor.TYPE_UINT64: _U64,
    FieldDescriptor.TYPE_FIXED64: _U64,
}


def scalar_reader(field: FieldDescriptor) -> Reader:
    """Reader of one value of a scalar or enum field."""
    return enum_reader(field.enum_type) if field.enum_type is not None else _BY_TYPE[field.type]


def text_reader(field: FieldDescriptor) -> Reader:
    """Reader of one value written as plain text, as in paths and query parameters."""
    return _text_bool if field.type == FieldDescriptor.TYPE_BOOL else scalar_reader(field)


def _text_bool(value: Any) -> bool:
    if value not in ("true", "false"):
        raise wrong_type("true or false", " true 或 false")
    return bool(value == "true")

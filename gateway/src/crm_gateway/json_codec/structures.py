"""Readers of the well-known types that hold any JSON: Struct, Value, ListValue and Any."""

from typing import Any

from google.protobuf import any_pb2, json_format, struct_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from crm_gateway.json_codec.scalars import Reader, Refused, wrong_type


def instance(kind: Descriptor, value: Any) -> Message:
    """The message itself, where a constructor takes no plain value in its place: inside lists and maps."""
    if isinstance(value, Message):
        return value
    if kind.full_name == "google.protobuf.Struct":
        message = struct_pb2.Struct()
        message.update(value)
        return message
    if kind.full_name == "google.protobuf.ListValue":
        values = struct_pb2.ListValue()
        values.extend(value)
        return values
    return GetMessageClass(kind)(**value)


def _struct(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise wrong_type("a JSON object", " JSON 对象")
    return value


def _list_value(value: Any) -> list[Any]:
    if type(value) is not list:
        raise wrong_type("a JSON array", " JSON 数组")
    return value


def _value(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"null_value": 0}
        case bool():
            return {"bool_value": value}
        case str():
            return {"string_value": value}
        case dict():
            return {"struct_value": value}
        case list():
            return {"list_value": value}
        case _:
            return {"number_value": float(value)}


def _any(value: Any) -> Message:
    message = any_pb2.Any()
    try:
        json_format.ParseDict(_struct(value), message)
    except json_format.ParseError as error:
        raise Refused("INVALID_ANY", "must be an object with a known @type", "必须是带有已知 @type 的对象") from error
    return message


STRUCTURED: dict[str, Reader] = {
    "google.protobuf.Any": _any,
    "google.protobuf.ListValue": _list_value,
    "google.protobuf.Struct": _struct,
    "google.protobuf.Value": _value,
}

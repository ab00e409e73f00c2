"""Protobuf to JSON: one Python function per message type, written from its descriptor and compiled at first use."""

import math
import struct
from binascii import b2a_base64
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import orjson
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from crm_gateway.json_codec.instants import duration_text, timestamp_text

Writer = Callable[[Any], Any]

_INT64 = {
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_SINT64,
    FieldDescriptor.TYPE_FIXED64,
    FieldDescriptor.TYPE_SFIXED64,
}
_FLOATING = {FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT}


def to_json(message: Message) -> bytes:
    """The message as UTF-8 JSON."""
    return orjson.dumps(to_object(message))


def to_object(message: Message) -> Any:
    """The message as dicts, lists and scalars ready for a JSON writer."""
    descriptor: Any = message.DESCRIPTOR
    return _writer(descriptor)(message)


class _EnumNames(dict[int, str | int | None]):
    """Names of an enum by number; a number this build does not know stays a number."""

    def __init__(self, enum: EnumDescriptor) -> None:
        # The first name wins where values are aliased.
        super().__init__({value.number: value.name for value in reversed(enum.values)})
        if enum.full_name == "google.protobuf.NullValue":
            self[0] = None

    def __missing__(self, number: int) -> int:
        return number


def base64_text(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode("ascii")


def _double(value: float) -> float | str:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _float(value: float) -> float | str:
    """The shortest decimal that reads back as the same 32-bit float."""
    if not math.isfinite(value):
        return _double(value)
    for digits in range(6, 9):
        short = float(f"{value:.{digits}g}")
        if struct.unpack("f", struct.pack("f", short))[0] == value:
            return short
    return float(f"{value:.9g}")


def _value(message: Any) -> Any:
    kind = message.WhichOneof("kind")
    if kind == "struct_value":
        return _struct(message.struct_value)
    if kind == "list_value":
        return _list_value(message.list_value)
    if kind == "number_value" and not math.isfinite(message.number_value):
        raise ValueError("a JSON number must be finite")
    return None if kind in (None, "null_value") else getattr(message, kind)


def _struct(message: Any) -> dict[str, Any]:
    fields = message.fields
    return {key: _value(fields[key]) for key in fields}


def _list_value(message: Any) -> list[Any]:
    return [_value(value) for value in message.values]


def _any(message: Any) -> Any:
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def _field_mask(message: Any) -> str:
    return str(message.ToJsonString())


_WELL_KNOWN: dict[str, Writer] = {
    "google.protobuf.Any": _any,
    "google.protobuf.Duration": duration_text,
    "google.protobuf.FieldMask": _field_mask,
    "google.protobuf.ListValue": _list_value,
    "google.protobuf.Struct": _struct,
    "google.protobuf.Timestamp": timestamp_text,
    "google.protobuf.Value": _value,
}
_WRAPPER_FILE = "google/protobuf/wrappers.proto"
_writers: dict[Descriptor, Writer] = {}


def _writer(descriptor: Descriptor) -> Writer:
    return _writers.get(descriptor) or _compile(descriptor)


def _compile(descriptor: Descriptor) -> Writer:
    writer = _WELL_KNOWN.get(descriptor.full_name)
    if writer is None:
        names: dict[str, Any] = {"_double": _double, "_float": _float, "_base64": base64_text}
        # The source is made of names of our own contract, never of input.
        exec(_source(descriptor, names), names)  # noqa: S102
        writer = names["write"]
    return _writers.setdefault(descriptor, writer)


def _source(descriptor: Descriptor, names: dict[str, Any]) -> str:
    """Python of ``write(m)``: a copy of the empty message's JSON, then whatever the message has.

    Most fields of most records are empty, and setting those would cost more than reading them.
    """
    if descriptor.file.name == _WRAPPER_FILE:
        return f"def write(m):\n    return {_scalar(descriptor.fields_by_name['value'], 'm.value', names)}\n"
    empty: dict[str, Any] = {}
    names["_empty"] = empty
    lines = ["def write(m):", "    out = _empty.copy()"]
    plain = [field for field in descriptor.fields if not (field.has_presence or field.is_repeated)]
    if len(plain) > 1:
        # attrgetter reads all fields in one C loop.
        names["_read"] = attrgetter(*(field.name for field in plain))
        lines.append(f"    {', '.join(f'v{field.number}' for field in plain)} = _read(m)")
    else:
        lines += [f"    v{field.number} = m.{field.name}" for field in plain]
    for field in descriptor.fields:
        place = f"out[{field.name!r}]"
        if field.has_presence:
            lines.append(f"    if m.HasField({field.name!r}): {place} = {_scalar(field, f'm.{field.name}', names)}")
        elif field.is_repeated:
            empty[field.name] = {} if _is_map(field) else []
            lines.append(f"    v = m.{field.name}")
            lines.append(f"    if v: {place} = {_many(field, names)}")
        else:
            variable = f"v{field.number}"
            empty[field.name] = eval(_scalar(field, "v", names), {**names, "v": field.default_value})  # noqa: S307
            # A negative zero is no default, though Python takes it for one.
            given = "" if field.type in _FLOATING else f"if {variable}: "
            lines.append(f"    {given}{place} = {_scalar(field, variable, names)}")
    return "\n".join([*lines, "    return out", ""])


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _many(field: FieldDescriptor, names: dict[str, Any]) -> str:
    """Python that renders the repeated field or map ``v``, which is not empty."""
    if _is_map(field) and field.message_type is not None:
        key, value = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
        text = {FieldDescriptor.TYPE_STRING: "k", FieldDescriptor.TYPE_BOOL: "'true' if k else 'false'"}
        return f"{{{text.get(key.type, 'str(k)')}: {_scalar(value, 'v[k]', names)} for k in v}}"
    item = _scalar(field, "x", names)
    return "v[:]" if item == "x" else f"[{item} for x in v]"


def _scalar(field: FieldDescriptor, read: str, names: dict[str, Any]) -> str:
    if field.message_type is not None:
        # Resolved at call time, because message types may contain themselves.
        name = f"_write_{field.message_type.full_name.replace('.', '_')}_{field.number}"
        names[name] = _WELL_KNOWN.get(field.message_type.full_name) or _later(field.message_type, name, names)
        return f"{name}({read})"
    if field.enum_type is not None:
        name = f"_names_{field.enum_type.full_name.replace('.', '_')}_{field.number}"
        names[name] = _EnumNames(field.enum_type)
        return f"{name}[{read}]"
    if field.type in _INT64:
        return f"str({read})"
    call = {
        FieldDescriptor.TYPE_DOUBLE: "_double",
        FieldDescriptor.TYPE_FLOAT: "_float",
        FieldDescriptor.TYPE_BYTES: "_base64",
    }.get(field.type)
    return f"{call}({read})" if call else read


def _later(descriptor: Descriptor, name: str, names: dict[str, Any]) -> Writer:
    """A writer that compiles at its first call and puts the compiled one in its own place."""

    def first(message: Any) -> Any:
        names[name] = _writer(descriptor)
        return names[name](message)

    return first

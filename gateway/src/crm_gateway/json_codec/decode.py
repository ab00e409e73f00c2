"""JSON to protobuf: readers composed once per message type; all refusals of a body are collected with their paths."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from crm_gateway.json_codec import scalars
from crm_gateway.json_codec.scalars import Reader, Refused, scalar_reader, text_reader, wrong_type
from crm_gateway.json_codec.structures import STRUCTURED, instance
from crm_kit.errors import Violation

# Answers what the constructor of the message takes for the field: scalars, dicts for messages, lists.
PathReader = Callable[[Any, str, list[Violation]], Any]

_TEXTUAL: dict[str, Reader] = {
    "google.protobuf.Duration": scalars.duration,
    "google.protobuf.FieldMask": scalars.field_mask,
    "google.protobuf.Timestamp": scalars.timestamp,
}
_WRAPPER_FILE = "google/protobuf/wrappers.proto"


class _Field(NamedTuple):
    name: str
    leaf: Reader | None
    nested: PathReader | None
    null: Any


class _Fields(NamedTuple):
    """The fields of a message by either spelling, and the names of those that exclude each other."""

    by_key: dict[str, _Field]
    oneofs: dict[str, list[str]]


_SKIP = object()
_SHOWN_KEY = 64
_fields: dict[Descriptor, _Fields] = {}


def read_fields(descriptor: Descriptor, value: Any, path: str, violations: list[Violation]) -> dict[str, Any]:
    """Constructor arguments of the message from a JSON object; refusals are added to ``violations`` under ``path``."""
    if type(value) is not dict:
        violations.append(Violation(path or "body", "WRONG_TYPE", "must be a JSON object", "必须是 JSON 对象"))
        return {}
    known = _fields.get(descriptor) or _compile(descriptor)
    out: dict[str, Any] = {}
    for key, item in value.items():
        field = known.by_key.get(key)
        if field is None:
            violations.append(_unknown(key, path, known.by_key))
            continue
        name, leaf, nested, null = field
        if name in out:
            violations.append(Violation(_join(path, name), "GIVEN_TWICE", "is given twice", "重复给出"))
        elif item is None:
            if null is not _SKIP:
                out[name] = null
        else:
            try:
                out[name] = leaf(item) if leaf is not None else nested(item, _join(path, name), violations)  # type: ignore[misc]
            except Refused as refused:
                violations.append(Violation(_join(path, name), refused.reason, refused.en, refused.zh))
    for group, names in known.oneofs.items():
        given = [name for name in out if name in names]
        if len(given) > 1:
            en, zh = f"only one field of {group} may be given", f"{group} 中只能给出一个字段"
            violations.append(Violation(_join(path, given[-1]), "ONE_OF", en, zh))
    return out


def read_scalar(field: FieldDescriptor, text: str) -> Any:
    """Constructor argument of one value written as plain text; raises ``Refused``."""
    if field.message_type is None:
        return text_reader(field)(text)
    if field.message_type.file.name == _WRAPPER_FILE:
        return {"value": text_reader(field.message_type.fields_by_name["value"])(text)}
    return _TEXTUAL[field.message_type.full_name](text)


def is_textual(field: FieldDescriptor) -> bool:
    """Whether one value of the field can be written as plain text."""
    kind = field.message_type
    return kind is None or kind.file.name == _WRAPPER_FILE or kind.full_name in _TEXTUAL


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unknown(key: str, path: str, known: dict[str, _Field]) -> Violation:
    close = get_close_matches(key, known, n=1)
    hint_en, hint_zh = (f"; did you mean {close[0]}?", f"；是否为 {close[0]}？") if close else ("", "")
    shown = key if len(key) <= _SHOWN_KEY else f"{key[:_SHOWN_KEY]}…"
    return Violation(_join(path, shown), "UNKNOWN_FIELD", f"there is no such field{hint_en}", f"没有此字段{hint_zh}")


def _compile(descriptor: Descriptor) -> _Fields:
    by_key: dict[str, _Field] = {}
    for field in descriptor.fields:
        reader = _field(field)
        by_key[field.json_name] = reader
        by_key[field.name] = reader
    oneofs = {group.name: [field.name for field in group.fields] for group in descriptor.oneofs}
    # A single optional field is a oneof of its own to the compiler; it excludes nothing.
    real = {group: names for group, names in oneofs.items() if len(names) > 1}
    return _fields.setdefault(descriptor, _Fields(by_key, real))


def _field(field: FieldDescriptor) -> _Field:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        return _Field(field.name, None, _map(kind), _SKIP)
    if field.is_repeated:
        return _Field(field.name, None, _list(field), _SKIP)
    if kind is None:
        null = 0 if field.enum_type is not None and field.enum_type.full_name == "google.protobuf.NullValue" else _SKIP
        return _Field(field.name, scalar_reader(field), None, null)
    null = {"null_value": 0} if kind.full_name == "google.protobuf.Value" else _SKIP
    if kind.full_name in _TEXTUAL:
        return _Field(field.name, _TEXTUAL[kind.full_name], None, null)
    return _Field(field.name, None, message_reader(kind), null)


def message_reader(kind: Descriptor) -> PathReader:
    """Reader of one message value; it answers a dict, or what the constructor takes in its place."""
    if kind.file.name == _WRAPPER_FILE:
        wrapped = scalar_reader(kind.fields_by_name["value"])
        return lambda value, _path, _violations: {"value": wrapped(value)}
    special = _TEXTUAL.get(kind.full_name) or STRUCTURED.get(kind.full_name)
    if special is not None:
        return _pathless(special)
    return lambda value, path, violations: read_fields(kind, value, path, violations)


def _element(kind: Descriptor) -> PathReader:
    """Reader of a message inside a list, where constructors take no plain values for well-known types."""
    return _message(kind) if kind.full_name in STRUCTURED else message_reader(kind)


def _message(kind: Descriptor) -> PathReader:
    """Reader of a message as a message, as maps need it."""
    read = message_reader(kind)
    return lambda value, path, violations: instance(kind, read(value, path, violations))


def _list(field: FieldDescriptor) -> PathReader:
    kind = field.message_type
    read_item = _element(kind) if kind is not None else _pathless(scalar_reader(field))
    takes_null = kind is not None and kind.full_name == "google.protobuf.Value"

    def read(value: Any, path: str, violations: list[Violation]) -> list[Any]:
        if type(value) is not list:
            raise wrong_type("a JSON array", " JSON 数组")
        out = []
        for index, item in enumerate(value):
            where = f"{path}[{index}]"
            if item is None and not takes_null:
                violations.append(_null_element(where))
                continue
            try:
                out.append(read_item(item, where, violations))
            except Refused as refused:
                violations.append(Violation(where, refused.reason, refused.en, refused.zh))
        return out

    return read


def _map(entry: Descriptor) -> PathReader:
    read_key = text_reader(entry.fields_by_name["key"])
    field = entry.fields_by_name["value"]
    kind = field.message_type
    read_item = _message(kind) if kind is not None else _pathless(scalar_reader(field))
    takes_null = kind is not None and kind.full_name == "google.protobuf.Value"

    def read(value: Any, path: str, violations: list[Violation]) -> dict[Any, Any]:
        if type(value) is not dict:
            raise wrong_type("a JSON object", " JSON 对象")
        out: dict[Any, Any] = {}
        for key, item in value.items():
            where = f"{path}[{key[:_SHOWN_KEY]}]"
            if item is None and not takes_null:
                violations.append(_null_element(where))
                continue
            try:
                out[read_key(key)] = read_item(item, where, violations)
            except Refused as refused:
                violations.append(Violation(where, refused.reason, refused.en, refused.zh))
        return out

    return read


def _null_element(where: str) -> Violation:
    return Violation(where, "NULL_ELEMENT", "must not be null", "不能为 null")


def _pathless(leaf: Reader) -> PathReader:
    return lambda value, _path, _violations: leaf(value)

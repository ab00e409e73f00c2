"""Random messages of any descriptor, and a message type with every kind of field."""

import math
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pool,
    duration_pb2,
    field_mask_pb2,
    message_factory,
    struct_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import Message
from grpc_tools import protoc
from hypothesis import strategies as st

# Files must be in the pool before another file may depend on them.
IMPORTED = (any_pb2, duration_pb2, field_mask_pb2, wrappers_pb2)
_HERE = Path(__file__).parent
_TIMES = st.tuples(st.integers(-62_135_596_800, 253_402_300_799), st.integers(0, 999_999_999))
_NANOS = st.sampled_from([0, 1, 1_000, 120_000_000, 123_456_000, 999_999_999])
_TEXT = st.text(max_size=8)
_FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | _FINITE | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_INTS = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SINT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SINT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
}
_SCALARS = {
    FieldDescriptor.TYPE_STRING: _TEXT,
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=8),
    FieldDescriptor.TYPE_DOUBLE: st.floats(),
    # json_format cannot read back what it writes for the very largest float.
    FieldDescriptor.TYPE_FLOAT: st.floats(width=32).filter(lambda value: not 3.4e38 < abs(value) < math.inf),
}


def everything() -> type[Message]:
    """The class of ``everything.proto``, compiled once per process."""
    pool = descriptor_pool.Default()
    try:
        found = pool.FindMessageTypeByName("crm.test.v1.Everything")
    except KeyError:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "set"
            includes = [f"-I{_HERE}", f"-I{resources.files('grpc_tools') / '_proto'}"]
            assert protoc.main(["protoc", *includes, f"--descriptor_set_out={out}", "everything.proto"]) == 0
            for file in FileDescriptorSet.FromString(out.read_bytes()).file:
                pool.AddSerializedFile(file.SerializeToString())
        found = pool.FindMessageTypeByName("crm.test.v1.Everything")
    return message_factory.GetMessageClass(found)


@st.composite
def messages(draw: Any, descriptor: Descriptor, depth: int = 2) -> Message:
    """Any message of the type, with unknown enum numbers, all well-known types and absent fields."""
    kind = message_factory.GetMessageClass(descriptor)
    match descriptor.full_name:
        case "google.protobuf.Timestamp":
            seconds, _ = draw(_TIMES)
            return kind(seconds=seconds, nanos=draw(_NANOS))
        case "google.protobuf.Duration":
            sign = draw(st.sampled_from([-1, 1]))
            return kind(seconds=sign * draw(st.integers(0, 315_576_000_000)), nanos=sign * draw(_NANOS))
        case "google.protobuf.FieldMask":
            return kind(paths=draw(st.lists(st.sampled_from(["name", "owner_id", "a.b_c"]), max_size=3)))
        case "google.protobuf.Struct":
            message = kind()
            message.update(draw(st.dictionaries(_TEXT, JSON_VALUES, max_size=3)))
            return message
        case "google.protobuf.ListValue":
            message = kind()
            message.extend(draw(st.lists(JSON_VALUES, max_size=3)))
            return message
        case "google.protobuf.Value":
            return draw(_values())
        case "google.protobuf.Any":
            message = kind()
            message.Pack(draw(messages(descriptor.file.pool.FindMessageTypeByName("google.protobuf.Timestamp"))))
            return message
    message = kind()
    for field in descriptor.fields:
        if draw(st.booleans()):
            _fill(draw, message, field, depth)
    return message


@st.composite
def _values(draw: Any) -> Message:
    message = struct_pb2.Struct()
    message.update({"value": draw(JSON_VALUES)})
    return message.fields["value"]


def _fill(draw: Any, message: Message, field: FieldDescriptor, depth: int) -> None:
    kind = field.message_type
    if kind is not None and not kind.full_name.startswith("google.") and depth == 0 and not kind.GetOptions().map_entry:
        return
    if kind is not None and kind.GetOptions().map_entry:
        value = kind.fields_by_name["value"]
        for _ in range(draw(st.integers(0, 2))):
            key = draw(_scalar(kind.fields_by_name["key"]))
            if value.message_type is not None:
                getattr(message, field.name)[key].CopyFrom(draw(messages(value.message_type, 0)))
            else:
                getattr(message, field.name)[key] = draw(_scalar(value))
    elif field.is_repeated:
        for _ in range(draw(st.integers(0, 2))):
            item = draw(messages(kind, depth - 1)) if kind is not None else draw(_scalar(field))
            getattr(message, field.name).append(item)
    elif kind is not None:
        getattr(message, field.name).CopyFrom(draw(messages(kind, depth - 1)))
    else:
        setattr(message, field.name, draw(_scalar(field)))


def _scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        if field.enum_type.full_name == "google.protobuf.NullValue":
            return st.just(0)
        return st.sampled_from([value.number for value in field.enum_type.values]) | st.integers(-5, 99)
    return st.integers(*_INTS[field.type]) if field.type in _INTS else _SCALARS[field.type]


def equal(left: Any, right: Any) -> bool:
    """JSON values that mean the same; NaN never gets here, as ProtoJSON writes it as text."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return left == right or math.isclose(left, right, rel_tol=0, abs_tol=0)
    return type(left) is type(right) and left == right

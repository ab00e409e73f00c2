"""N and N-1 side by side: events of the accepted contract are read by the present one, and the reverse, both whole."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from .contract import EVENTS

BASELINE = Path(__file__).parents[2] / "protos" / "baseline.binpb.gz"
NUMBERS = {FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT32}
NUMBERS |= {FieldDescriptor.CPPTYPE_UINT64}
DEPTH = 4


@pytest.fixture(scope="module")
def accepted() -> dict[str, Any]:
    """The events of the accepted contract by name, as classes of its own."""
    files = FileDescriptorSet.FromString(gzip.decompress(BASELINE.read_bytes()))
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return {
        event.name: message_factory.GetMessageClass(pool.FindMessageTypeByName(event.name))
        for event in EVENTS
        if _known(pool, event.name)
    }


def _known(pool: Any, name: str) -> bool:
    try:
        pool.FindMessageTypeByName(name)
    except KeyError:
        return False
    return True


def filled(message: Any, depth: int = DEPTH) -> Any:
    """The message with every field set to something that is not its default; of an enum the value added last."""
    for field in message.DESCRIPTOR.fields:
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            if depth and not (field.message_type.GetOptions().map_entry or field.containing_oneof):
                value = getattr(message, field.name)
                filled(value.add() if field.is_repeated else value, depth - 1)
            continue
        value = _sample(field)
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
    return message


def _sample(field: Any) -> Any:
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return max(value.number for value in field.enum_type.values)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return True
    if field.cpp_type in NUMBERS:
        return field.number
    if field.cpp_type in {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}:
        return field.number / 2
    return field.name if field.type == FieldDescriptor.TYPE_STRING else field.name.encode()


def test_every_accepted_event_is_still_announced(accepted: dict[str, Any]) -> None:
    assert len(accepted) > len(EVENTS) / 2


def test_the_present_release_reads_all_that_the_accepted_one_announced(accepted: dict[str, Any]) -> None:
    for name, old in accepted.items():
        new = message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))
        said = filled(old()).SerializeToString(deterministic=True)
        read = new.FromString(said)
        assert old.FromString(read.SerializeToString(deterministic=True)) == old.FromString(said), name


def test_the_accepted_release_passes_on_whole_what_the_present_one_announces(accepted: dict[str, Any]) -> None:
    longer = 0
    for name, old in accepted.items():
        new = message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))
        said = filled(new())
        passed_on = old.FromString(said.SerializeToString())
        assert new.FromString(passed_on.SerializeToString()) == said, name
        longer += said.ByteSize() > filled(old()).ByteSize()
    assert longer, "the contracts do not differ, so nothing was shown"

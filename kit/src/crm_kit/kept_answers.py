"""Answers kept for repeats of a request, without a copy of anybody's data.

A stored record inside an answer is kept as its id and read anew for the repeat, with the rights its caller has then;
values that are personal by the contract are left out.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from crm.type.v1 import options_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.mapping import mapping_of

M = TypeVar("M", bound=Message)
Reader = Callable[[Call, str, str], Awaitable[Message]]
"""Reads one stored record by the full proto name of its type and its id; NotFound when absent or hidden."""

PERSONAL = (options_pb2.DATA_CLASS_PERSONAL, options_pb2.DATA_CLASS_SENSITIVE)


def pack(answer: Message) -> bytes:
    """What is kept of an answer."""
    kept = type(answer)()
    kept.CopyFrom(answer)
    _thin(kept)
    return kept.SerializeToString()


async def unpack(call: Call, answer: type[M], kept: bytes, read: Reader) -> M:
    """The answer again; a record the caller may no longer see is absent from it."""
    made = answer.FromString(kept)
    await _fill(call, made, read)
    return made


def _thin(message: Message) -> None:
    for field, _ in message.ListFields():
        if field.GetOptions().Extensions[options_pb2.data_class] in PERSONAL:
            message.ClearField(field.name)
    for _, inner in _messages(message):
        if _is_stored(inner):
            key = _id(inner)
            inner.Clear()
            setattr(inner, "id", key)  # noqa: B010 - a message of which only its id is known
        else:
            _thin(inner)


async def _fill(call: Call, message: Message, read: Reader) -> None:
    for field, inner in list(_messages(message)):
        if not _is_stored(inner):
            await _fill(call, inner, read)
            continue
        try:
            inner.CopyFrom(await read(call, inner.DESCRIPTOR.full_name, _id(inner)))
        except NotFound:
            if field.is_repeated:
                getattr(message, field.name).remove(inner)
            else:
                message.ClearField(field.name)


def _messages(message: Message) -> Iterator[tuple[FieldDescriptor, Message]]:
    """The messages directly inside one, each with its field."""
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        items: Any = value if field.is_repeated else [value]
        for item in items:
            yield field, item


def _id(stored: Message) -> str:
    return str(getattr(stored, "id"))  # noqa: B009 - every stored record has one


def _is_stored(message: Message) -> bool:
    return mapping_of(message.DESCRIPTOR.full_name) is not None

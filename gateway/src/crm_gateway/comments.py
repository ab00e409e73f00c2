"""Comments of the contract by full proto name: they become the API description."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto

# Positions inside a file are field numbers of the descriptor messages, alternating with indexes.
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD, _NESTED_MESSAGE, _NESTED_ENUM = 2, 3, 4
_VALUE = _METHOD = 2

Named = Iterator[tuple[str, tuple[int, ...]]]


def comments_of(file: FileDescriptorProto) -> dict[str, str]:
    """Leading comments of everything a file defines, as prose."""
    texts = {tuple(place.path): _prose(place.leading_comments) for place in file.source_code_info.location}
    return {name: texts[position] for name, position in _definitions(file) if texts.get(position)}


def _definitions(file: FileDescriptorProto) -> Named:
    for index, message in enumerate(file.message_type):
        yield from _in_message(message, f"{file.package}.{message.name}", (_MESSAGE, index))
    for index, enum in enumerate(file.enum_type):
        yield from _in_enum(enum, f"{file.package}.{enum.name}", (_ENUM, index))
    for index, service in enumerate(file.service):
        name = f"{file.package}.{service.name}"
        yield name, (_SERVICE, index)
        yield from _members(service.method, name, (_SERVICE, index, _METHOD))


def _in_message(message: DescriptorProto, name: str, position: tuple[int, ...]) -> Named:
    yield name, position
    yield from _members(message.field, name, (*position, _FIELD))
    for index, nested in enumerate(message.nested_type):
        yield from _in_message(nested, f"{name}.{nested.name}", (*position, _NESTED_MESSAGE, index))
    for index, enum in enumerate(message.enum_type):
        yield from _in_enum(enum, f"{name}.{enum.name}", (*position, _NESTED_ENUM, index))


def _in_enum(enum: EnumDescriptorProto, name: str, position: tuple[int, ...]) -> Named:
    yield name, position
    yield from _members(enum.value, name, (*position, _VALUE))


def _members(members: Any, scope: str, position: tuple[int, ...]) -> Named:
    return ((f"{scope}.{member.name}", (*position, index)) for index, member in enumerate(members))


def _prose(comment: str) -> str:
    """A comment as paragraphs: single line breaks are only how the source was wrapped."""
    paragraphs = comment.strip().split("\n\n")
    return "\n\n".join(" ".join(line.strip() for line in paragraph.splitlines()) for paragraph in paragraphs)

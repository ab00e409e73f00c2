"""The contract as its descriptor set describes it, comments included."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module, resources
from typing import Any

from crm.type.v1 import options_pb2
from google.api.annotations_pb2 import http
from google.protobuf import descriptor_pb2, descriptor_pool

FILES = descriptor_pb2.FileDescriptorSet.FromString(resources.files("crm").joinpath("descriptors.binpb").read_bytes())
OURS = [file for file in FILES.file if file.package.startswith("crm.")]
for file in OURS:
    import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")

MESSAGE, ENUM, SERVICE = 4, 5, 6
"""Numbers of the parts of a file in the paths of source locations."""


@dataclass(frozen=True)
class Part:
    """A message, field, enum, value, service or RPC: its full name and the comment before or behind it."""

    kind: str
    name: str
    comment: str
    descriptor: Any

    def __str__(self) -> str:
        return self.name


def parts() -> Iterator[Part]:
    """Everything people read about in the reference."""
    for file in OURS:
        comments = {
            tuple(each.path): (each.leading_comments or each.trailing_comments).strip()
            for each in file.source_code_info.location
        }
        for at, message in enumerate(file.message_type):
            yield from _message(message, file.package, (MESSAGE, at), comments)
        for at, enum in enumerate(file.enum_type):
            yield from _enum(enum, file.package, (ENUM, at), comments)
        for at, service in enumerate(file.service):
            name, path = f"{file.package}.{service.name}", (SERVICE, at)
            yield Part("service", name, comments.get(path, ""), service)
            for number, method in enumerate(service.method):
                comment = comments.get((*path, 2, number), "")
                found = descriptor_pool.Default().FindMethodByName(f"{name}.{method.name}")
                yield Part("rpc", f"{name}/{method.name}", comment, found)


def _message(message: Any, scope: str, path: tuple[int, ...], comments: Mapping[Any, str]) -> Iterator[Part]:
    if message.options.map_entry:
        return
    name = f"{scope}.{message.name}"
    yield Part("message", name, comments.get(path, ""), descriptor_pool.Default().FindMessageTypeByName(name))
    for at, field in enumerate(message.field):
        comment = comments.get((*path, 2, at), "")
        yield Part("field", f"{name}.{field.name}", comment, field)
    for at, inner in enumerate(message.nested_type):
        yield from _message(inner, name, (*path, 3, at), comments)
    for at, enum in enumerate(message.enum_type):
        yield from _enum(enum, name, (*path, 4, at), comments)


def _enum(enum: Any, scope: str, path: tuple[int, ...], comments: Mapping[Any, str]) -> Iterator[Part]:
    name = f"{scope}.{enum.name}"
    yield Part("enum", name, comments.get(path, ""), enum)
    for at, value in enumerate(enum.value):
        yield Part("value", f"{name}.{value.name}", comments.get((*path, 2, at), ""), value)


PARTS = list(parts())
RPCS = [part for part in PARTS if part.kind == "rpc"]
MESSAGES = {part.name: part for part in PARTS if part.kind == "message"}
EVENTS = [
    part
    for file in OURS
    if file.name.endswith("_events.proto")
    for part in (MESSAGES[f"{file.package}.{message.name}"] for message in file.message_type)
]


def access(rpc: Part) -> options_pb2.Access:
    found: options_pb2.Access = rpc.descriptor.GetOptions().Extensions[options_pb2.access]
    return found


def routes(rpc: Part) -> list[tuple[str, str, str]]:
    """``(verb, path, body)`` of each REST route of an RPC."""
    rule = rpc.descriptor.GetOptions().Extensions[http]
    found = []
    for each in (rule, *rule.additional_bindings):
        verb = each.WhichOneof("pattern")
        if verb is not None:
            found.append((verb, getattr(each, verb), each.body))
    return found


def data_class(field: Any) -> int:
    return int(field.GetOptions().Extensions[options_pb2.data_class])


def stored_messages() -> list[Any]:
    """Messages some Get RPC answers with: the stored resources."""
    found = {
        rpc.descriptor.output_type.full_name: rpc.descriptor.output_type
        for rpc in RPCS
        if re.match(r"Get[A-Z]", rpc.descriptor.name) and rpc.descriptor.output_type.file.package.startswith("crm.")
    }
    return list(found.values())


def kept_messages() -> list[Any]:
    """Stored resources, what lists show of them, and every message inside."""
    listed = [
        field.message_type
        for rpc in RPCS
        if re.match(r"List[A-Z]", rpc.descriptor.name)
        for field in rpc.descriptor.output_type.fields
        if field.is_repeated and field.message_type is not None
    ]
    found: dict[str, Any] = {}
    waiting = [*stored_messages(), *listed]
    while waiting:
        message = waiting.pop()
        if message.full_name in found or not message.file.package.startswith("crm."):
            continue
        found[message.full_name] = message
        waiting += [field.message_type for field in message.fields if field.message_type is not None]
    return list(found.values())

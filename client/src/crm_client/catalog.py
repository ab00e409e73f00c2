"""The API as its descriptors tell it: resources, their operations and routes, and the comments that document them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

from crm.type.v1 import options_pb2
from google.api import annotations_pb2, field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool

from crm_client.errors import unknown

STANDARD: Final = ("get", "list", "create", "update", "delete")
_VARIABLE: Final = re.compile(r"\{([a-z0-9_.]+)\}")
_BY_VERB: Final = {"GET": "get", "PATCH": "update", "DELETE": "delete"}


@dataclass(frozen=True, eq=False)
class Operation:
    """One RPC with its REST route."""

    method: MethodDescriptor
    verb: str
    template: str
    body: str
    """Request field that is the HTTP body; ``*`` for the whole request, empty for no body."""
    permission: str
    comment: str

    @property
    def name(self) -> str:
        return self.method.name

    @property
    def full_name(self) -> str:
        return f"{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def service(self) -> str:
        """The process that answers it, for example ``service-desk``."""
        return self.method.full_name.split(".")[1].replace("_", "-")

    @property
    def request(self) -> Descriptor:
        return self.method.input_type

    @property
    def response(self) -> Descriptor:
        return self.method.output_type

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Dotted request fields that stand in the path, in order."""
        return tuple(_VARIABLE.findall(self.template))

    @cached_property
    def action(self) -> str:
        """Custom verb after the colon, for example ``moveStage``; empty for a standard method."""
        return self.template.rpartition(":")[2] if ":" in self.template else ""

    @cached_property
    def records(self) -> FieldDescriptor | None:
        """Field of the answer that holds one page of records; None when the answer is no list."""
        if self.verb != "GET" or not self.name.startswith("List"):
            return None
        pages = [each for each in self.response.fields if each.is_repeated and each.message_type is not None]
        return pages[0] if len(pages) == 1 else None

    @cached_property
    def record(self) -> Descriptor | None:
        """The message of the records it reads or writes; None when it is about none."""
        if self.action:
            return None
        if self.verb == "GET":
            return self.records.message_type if self.records is not None else self.response
        return self.body_message if self.body != "*" else None

    @property
    def is_file(self) -> bool:
        """Whether it answers with a file instead of a record."""
        return bool(self.response.full_name == "google.api.HttpBody")

    @cached_property
    def body_message(self) -> Descriptor | None:
        """Message whose fields the body takes; None without a body or when it is a file."""
        if self.body == "*":
            return self.request
        return self.request.fields_by_name[self.body].message_type if self.body else None


@dataclass
class Resource:
    """What lives under one path segment, for example ``leads``."""

    name: str
    operations: dict[str, Operation] = field(default_factory=dict)
    """``get``, ``list``, ``create``, ``update``, ``delete``, as far as the contract has them."""
    actions: dict[str, Operation] = field(default_factory=dict)
    """Custom methods on one record by their verb, in kebab case: ``claim``, ``move-stage``."""
    bulk_actions: dict[str, Operation] = field(default_factory=dict)
    """Custom methods on the collection."""
    parts: dict[str, Operation] = field(default_factory=dict)
    """What one record has one of and is read by itself, in kebab case: ``results``, ``overview``."""

    def operation(self, name: str) -> Operation:
        """Raises Usage naming the methods the resource has."""
        if name not in self.operations:
            raise unknown("method", name, [*self.operations, *self.actions], within=self.name)
        return self.operations[name]

    def action(self, verb: str, *, bulk: bool = False) -> Operation:
        """Raises Usage naming the verbs the resource has; takes ``move-stage``, ``moveStage`` and ``move_stage``."""
        actions = self.bulk_actions if bulk else self.actions
        if kebab(verb) not in actions:
            raise unknown("verb", verb, actions, within=self.name)
        return actions[kebab(verb)]

    def part(self, name: str) -> Operation:
        """Raises Usage naming the parts its records have."""
        if kebab(name) not in self.parts:
            raise unknown("part", name, self.parts, within=self.name)
        return self.parts[kebab(name)]

    @cached_property
    def record(self) -> Descriptor | None:
        """The message of one record; None where there are only custom methods."""
        return next((each.record for each in self.operations.values() if each.record is not None), None)


class Catalog:
    """Every operation of the contract that has a route."""

    def __init__(self, described: FileDescriptorSet) -> None:
        self.pool = DescriptorPool()
        self.comments: dict[str, str] = {}
        self.operations: dict[str, Operation] = {}
        self.resources: dict[str, Resource] = {}
        for file in described.file:
            self.pool.Add(file)
        for file in described.file:
            if file.name.startswith("crm/"):
                self._read(file)
        # The plain name belongs to what has the shortest path: ``permissions`` are the enterprise's, not one user's.
        for operation in sorted(self.operations.values(), key=lambda each: each.template.count("/")):
            self._place(operation)

    @staticmethod
    @cache
    def load() -> "Catalog":
        """The catalog of the installed contract."""
        content = resources.files("crm").joinpath("descriptors.binpb").read_bytes()
        return Catalog(FileDescriptorSet.FromString(content))

    def resource(self, name: str) -> Resource:
        """By its plural as in the path, or by the singular of its record; raises Usage with near names."""
        wanted = kebab(name)
        if wanted in self.resources:
            return self.resources[wanted]
        for resource in self.resources.values():
            if resource.record is not None and kebab(resource.record.name) == wanted:
                return resource
        raise unknown("resource", name, self.resources)

    def operation(self, name: str) -> Operation:
        """By its RPC name, short or full; raises Usage with near names."""
        short = name.rpartition("/")[2].rpartition(".")[2]
        found = self.operations.get(short)
        if found is None or ("/" in name and found.full_name != name):
            raise unknown("operation", name, self.operations)
        return found

    def comment(self, full_name: str) -> str:
        """The contract's words about a message, field or RPC."""
        return self.comments.get(full_name, "")

    def _read(self, file: FileDescriptorProto) -> None:
        self.comments.update(_comments(file))
        described = self.pool.FindFileByName(file.name)
        for service in described.services_by_name.values():
            for method in service.methods:
                rule = method.GetOptions().Extensions[annotations_pb2.http]
                verb = rule.WhichOneof("pattern")
                if verb is None:
                    continue
                access = method.GetOptions().Extensions[options_pb2.access]
                comment = self.comment(method.full_name)
                operation = Operation(method, verb.upper(), getattr(rule, verb), rule.body, access.permission, comment)
                self.operations[operation.name] = operation

    def _place(self, operation: Operation) -> None:
        path = operation.template.rpartition(":")[0] if operation.action else operation.template
        *before, last = path.strip("/").split("/")
        on_record = bool(_VARIABLE.fullmatch(last))
        name = before.pop() if on_record else last
        while _VARIABLE.fullmatch(name):
            name = before.pop()  # a record of any kind, named by several variables
        if operation.action:
            resource = self.resources.setdefault(name, Resource(name))
            (resource.actions if on_record else resource.bulk_actions)[kebab(operation.action)] = operation
            return
        if on_record:
            standard = _BY_VERB[operation.verb]
        elif operation.records is not None:
            standard = "list"
        elif operation.verb == "POST" and operation.record is not None:
            standard = "create"
        elif operation.verb == "GET" and len(before) > 1 and _VARIABLE.fullmatch(before[-1]):
            parent = self.resources.setdefault(before[-2], Resource(before[-2]))
            parent.parts[kebab(name)] = operation
            return
        else:
            return  # a place of one thing, such as the signed-in user: reachable by its RPC name
        self._resource_for(name, before, operation, standard).operations[standard] = operation

    def _resource_for(self, name: str, before: list[str], operation: Operation, standard: str) -> Resource:
        """The resource of that name; when other records have it, or it can do that by a shorter path, the parent's name goes
        before: ``imports-rows``.
        """
        resource = self.resources.setdefault(name, Resource(name))
        taken = next((each.record for each in resource.operations.values() if each.record is not None), None)
        same = taken is None or operation.record is None or taken is operation.record
        if same and standard not in resource.operations:
            return resource
        parents = [segment for segment in before if not _VARIABLE.fullmatch(segment)]
        longer = f"{parents[-1]}-{name}"
        return self.resources.setdefault(longer, Resource(longer))


def is_output_only(descriptor: FieldDescriptor) -> bool:
    behaviors = descriptor.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    return field_behavior_pb2.OUTPUT_ONLY in behaviors


def is_required(descriptor: FieldDescriptor) -> bool:
    return field_behavior_pb2.REQUIRED in descriptor.GetOptions().Extensions[field_behavior_pb2.field_behavior]


def kebab(name: str) -> str:
    """``moveStage``, ``move_stage`` and ``MoveStage`` as ``move-stage``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def _comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    """Comments by full name. Paths are field numbers of descriptor.proto: 4 message, 5 enum, 6 service, 2 field or
    method or value, 3 nested message.
    """
    texts = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}

    def within(scope: str, kind: int, path: tuple[int, ...], items: Iterable[Any]) -> Iterator[tuple[str, str]]:
        for index, item in enumerate(items):
            here, name = (*path, kind, index), f"{scope}.{item.name}"
            if texts.get(here):
                yield name, " ".join(texts[here].split())
            for inner, attribute in ((2, "field"), (2, "method"), (3, "nested_type"), (4, "enum_type"), (2, "value")):
                yield from within(name, inner, here, getattr(item, attribute, ()))

    yield from within(file.package, 4, (), file.message_type)
    yield from within(file.package, 5, (), file.enum_type)
    yield from within(file.package, 6, (), file.service)

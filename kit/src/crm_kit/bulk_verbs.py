"""What can be done to many records at once: the updates and custom methods of the contract, told from their routes.

``PATCH /v1/leads/{lead.id}`` is the verb ``update`` of the resource ``leads``, ``POST /v1/leads/{id}:assign`` its verb
``assign``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.type.v1.options_pb2 import DATA_CLASS_SENSITIVE, Undo, data_class
from crm.type.v1.options_pb2 import undo as undo_option
from google.api import annotations_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.fieldtypes import behaviors
from crm_kit.mapping import mapping_of
from crm_kit.resource import resource_of
from crm_kit.rpc.descriptors import Method
from crm_kit.sealing import PLACES

UPDATE = "update"
IDENTITY = frozenset({"id", "etag"})
"""Fields of a request that say which record it means; not for a body that is meant for many."""
STRUCT = "google.protobuf.Struct"
_ROUTE = re.compile(r"/v1/([a-z-]+)(?:/\{([a-z_.]+)\}(?::([a-zA-Z]+))?)?")


@dataclass(frozen=True)
class Body:
    """What is given to every record. ``paths``: the fields an update changes."""

    template: Any
    paths: Sequence[str]


@dataclass(frozen=True)
class Verb:
    """One verb of one resource. ``reading`` and ``listing`` are the RPCs that show its records."""

    resource: str
    name: str
    method: Method
    record: str
    """Field of an update's request that carries the record; empty for custom methods."""
    reading: Method
    listing: Method | None

    @property
    def message(self) -> str:
        """Full proto name of the records."""
        return self.reading.descriptor.output_type.full_name

    @property
    def undo(self) -> Undo | None:
        """How it is taken back; None when there is no way back."""
        if self.name == UPDATE:
            return Undo(verb=UPDATE)
        options = self.method.descriptor.GetOptions()
        return options.Extensions[undo_option] if options.HasExtension(undo_option) else None

    async def read(self, body: Mapping[str, Any], call: Call) -> Body:
        """The body for a request of the caller; raises what every record would be refused for, whatever its state."""
        template = self.method.request_type()
        target: Any = getattr(template, self.record) if self.record else template
        wrong = [*_faults(target, body, self), *self._missing(body)]
        if wrong:
            raise InvalidArgument(wrong)
        made = self.body(body)
        resource = resource_of(self.message)
        if self.record and resource is not None:
            try:
                await resource.changes(call, getattr(made.template, self.record), made.paths)
            except InvalidArgument as refused:
                named = (Violation(f"body.{one.field}", one.reason, one.en, one.zh) for one in refused.violations)
                raise InvalidArgument(named) from refused
        return made

    def body(self, body: Mapping[str, Any]) -> Body:
        """The same for a body that was read before."""
        template: Any = self.method.request_type()
        target = getattr(template, self.record) if self.record else template
        ParseDict(dict(body), target)
        if not self.record:
            return Body(template, ())
        paths = [path for name, value in body.items() for path in _paths(target, name, value)]
        template.update_mask.paths.extend(paths)
        return Body(template, paths)

    def request(self, body: Body, record_id: str, etag: str) -> Any:
        """The request for one record; the etag binds it to a version of the record."""
        made: Any = self.method.request_type()
        made.CopyFrom(body.template)
        target = getattr(made, self.record) if self.record else made
        target.id = record_id
        if "etag" in target.DESCRIPTOR.fields_by_name:
            target.etag = etag
        return made

    def former(self, record: Any, body: Body) -> dict[str, Any]:
        """What its undo will need to know of a record as it was before."""
        if self.name == UPDATE:
            return _values(record, body.paths)
        return _values(record, self.undo.former if self.undo is not None else ())

    def _missing(self, body: Mapping[str, Any]) -> Iterable[Violation]:
        if self.record:
            if not body:
                yield Violation("body", "NOTHING_TO_CHANGE", "Name a field to change.", "请指定要修改的字段。")
            return
        for field in self.method.descriptor.input_type.fields:
            if behaviors(field).required and field.name not in IDENTITY and body.get(field.name) in (None, "", []):
                en, zh = f"Give a value for {field.name}.", f"请填写 {field.name}。"
                yield Violation(f"body.{field.name}", "REQUIRED", en, zh)


class Verbs:
    """The verbs of the RPCs a service answers."""

    def __init__(self, methods: Iterable[Method]) -> None:
        routed = [(method, route) for method in methods if (route := _route_of(method)) is not None]
        gets = [(method, resource, id) for method, (how, resource, id, verb) in routed if how == "get" and not verb]
        readings = {resource: method for method, resource, id in gets if id}
        listings = {resource: method for method, resource, id in gets if not id}
        self._verbs: dict[tuple[str, str], Verb] = {}
        for method, (how, resource, id, verb) in routed:
            reading = readings.get(resource)
            if reading is None or mapping_of(reading.descriptor.output_type.full_name) is None:
                continue
            record, _, key = id.rpartition(".")
            if key == "id" and ((how == "patch" and record) or (how == "post" and verb and not record)):
                name = verb or UPDATE
                self._verbs[resource, name] = Verb(resource, name, method, record, reading, listings.get(resource))

    def find(self, resource: str, verb: str) -> Verb:
        """InvalidArgument, with what there is, for what there is not."""
        found = self._verbs.get((resource, verb))
        if found is not None:
            return found
        verbs = sorted(name for of, name in self._verbs if of == resource)
        if verbs:
            known = ", ".join(verbs)
            raise InvalidArgument.of("verb", "UNKNOWN_VERB", f"Choose one of {known}.", f"请选择：{known}。")
        known = ", ".join(sorted({of for of, _ in self._verbs}))
        raise InvalidArgument.of("resource", "UNKNOWN_RESOURCE", f"Choose one of {known}.", f"请选择：{known}。")


def _route_of(method: Method) -> tuple[str, str, str, str] | None:
    rule = method.descriptor.GetOptions().Extensions[annotations_pb2.http]
    how = rule.WhichOneof("pattern")
    found = None if how is None or method.internal else _ROUTE.fullmatch(getattr(rule, how))
    return None if found is None else (str(how), found[1], found[2] or "", found[3] or "")


def _faults(target: Any, body: Mapping[str, Any], verb: Verb) -> Iterable[Violation]:
    """What is wrong with the body's fields, each for itself."""
    known: Mapping[str, FieldDescriptor] = target.DESCRIPTOR.fields_by_name
    for name, value in body.items():
        field, where = known.get(name), f"body.{name}"
        if field is None:
            names = ", ".join(sorted(set(known) - IDENTITY - {"update_mask"}))
            yield Violation(where, "UNKNOWN_FIELD", f"There are {names}.", f"可用字段：{names}。")
        elif name in IDENTITY or (verb.record and (behaviors(field).output_only or behaviors(field).immutable)):
            yield Violation(where, "READ_ONLY", f"{name} cannot be changed this way.", f"{name} 不能直接修改。")
        elif name in PLACES.get(target.DESCRIPTOR.full_name, ()) or _is_sensitive(field):
            # What reaches one person is no value for many, and must not lie in a job in the clear.
            en, zh = f"{name} is one person's: change it record by record.", f"{name} 属于个人信息，请逐条修改。"
            yield Violation(where, "ONE_RECORD_ONLY", en, zh)
        else:
            try:
                ParseDict({name: value}, type(target)())
            except ParseError:
                en, zh = f"This is no value for {name}.", f"{name} 的值无效。"
                yield Violation(where, "INVALID_VALUE", en, zh)


def _is_sensitive(field: FieldDescriptor) -> bool:
    return bool(field.GetOptions().Extensions[data_class] == DATA_CLASS_SENSITIVE)


def _paths(target: Message, name: str, value: Any) -> list[str]:
    kind = target.DESCRIPTOR.fields_by_name[name].message_type
    if kind is not None and kind.full_name == STRUCT and isinstance(value, dict) and value:
        # A custom field is changed, or removed by null, without touching its neighbours.
        return [f"{name}.{key}" for key in value]
    return [name]


def _values(record: Any, paths: Sequence[str]) -> dict[str, Any]:
    """The values at these paths as a body; null for what is blank, so that it is blank again."""
    small = type(record)()
    for path in paths:
        name = path.partition(".")[0]
        field = record.DESCRIPTOR.fields_by_name[name]
        if field.has_presence and not record.HasField(name):
            continue
        if field.is_repeated or field.message_type is not None:
            part = getattr(small, name)
            (part.extend if field.is_repeated else part.CopyFrom)(getattr(record, name))
        else:
            setattr(small, name, getattr(record, name))
    given = MessageToDict(small, preserving_proto_field_name=True)
    found: dict[str, Any] = {}
    for path in paths:
        name, _, key = path.partition(".")
        if key:
            found.setdefault(name, {})[key] = given.get(name, {}).get(key)
        else:
            found[name] = given.get(name)
    return found

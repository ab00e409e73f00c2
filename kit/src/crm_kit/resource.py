"""The five standard methods of a stored resource, once for all forty of them.

A servicer assigns what is standard (``GetLead = leads.get``) and writes what is not as a method of its own.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from typing import Any, Generic, TypeVar

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from sqlalchemy import ColumnElement

from crm_kit import custom_fields, field_rules, restrictions
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import FieldNotWritable, InvalidArgument, Violation
from crm_kit.fieldtypes import behaviors
from crm_kit.filtering import Fields
from crm_kit.listing import Listing, unknown
from crm_kit.lookup import read_one
from crm_kit.mapping import Mapping
from crm_kit.tx import begin

E = TypeVar("E", bound=Entity)
M = TypeVar("M", bound=Message)

Violations = list[Violation]

_registry: dict[str, "Resource[Any, Any]"] = {}


class Resource(Generic[E, M]):
    """One stored resource.

    ``filters``: fields users may filter and order by; ``search``: text fields in which ``search`` looks (needs the
    columns ``search_text`` and ``search_grams``); ``order``: what lists are ordered by unless asked otherwise.
    """

    def __init__(
        self,
        mapping: Mapping[E, M],
        *,
        filters: Sequence[str],
        search: Sequence[str] = (),
        order: str = "create_time desc",
    ) -> None:
        self.mapping = mapping
        self.entity = mapping.entity
        self.name = mapping.name
        kinds = {name: mapping.fields[name].enum_type for name in filters if name in mapping.fields}
        enums = {name: [value.name for value in kind.values][1:] for name, kind in kinds.items() if kind is not None}
        self.fields = Fields.of_entity(self.entity, ["id", *filters], enums=enums, search=search)
        self.write = mapping.write
        self._listing = Listing(mapping, self.fields, order)
        self._kind: Any = mapping.message.DESCRIPTOR
        restrictions.declare(mapping, self.fields)
        _registry[mapping.full_name] = self

    async def get(self, request: Any, call: Call) -> M:
        return await self.find(call, request.id)

    async def find(self, call: Call, id: Any) -> M:
        """The record's message, or NotFound when it is absent or hidden."""
        found: M = await read_one(call, self.mapping.full_name, id)
        return found

    async def list(self, request: Any, call: Call) -> Any:
        return await self.page(request, call)

    async def page(self, request: Any, call: Call, *also: ColumnElement[bool], parent: str = "") -> Any:
        """One page of the records that are visible, match the request and fulfil ``also``.

        ``parent`` names what ``also`` restricts to (a lead's id), so that a page token stays with it.
        """
        return await self._listing.page(request, call, also, parent)

    async def create(self, request: Any, call: Call) -> M:
        entity = await self.read(call, getattr(request, self.name))
        async with begin(call) as tx:
            tx.add(entity)
        return self.write(entity)

    async def update(self, request: Any, call: Call) -> M:
        message = getattr(request, self.name)
        values = await self.changes(call, message, request.update_mask.paths)
        async with begin(call) as tx:
            entity = await tx.load(self.entity, message.id, etag=message.etag)
            await tx.reveal(entity)
            if self.apply(entity, values) & {"owner_id", "unit_path"}:
                tx.check_scope(entity)
        return self.write(entity)

    async def delete(self, request: Any, call: Call) -> Empty:
        async with begin(call) as tx:
            entity = await tx.load(self.entity, request.id, etag=request.etag)
            entity.delete_time = tx.now
        return Empty()

    async def read(self, call: Call, message: M) -> E:
        """A new entity from a client's message; raises InvalidArgument with everything that is wrong."""
        self._refuse_unwritable(call, [field.name for field, _ in message.ListFields()])
        values, violations = self.mapping.read(message)
        await self._check_custom(call, values, violations, complete=True)
        if violations:
            raise InvalidArgument(violations)
        return self.entity(**values)

    async def changes(self, call: Call, message: M, paths: Sequence[str]) -> dict[str, Any]:
        """Column values of the fields named in an update mask, of those present without one; raises InvalidArgument."""
        paths = paths or _present(message)
        tops = {path.partition(".")[0] for path in paths}
        self._refuse_unwritable(call, tops)
        violations = [unknown(path, self.mapping) for path in sorted(tops) if path not in self.mapping.fields]
        for path in sorted(tops & set(self.mapping.fields)):
            behavior = behaviors(self.mapping.fields[path])
            if behavior.immutable or (behavior.output_only and path not in {"id", "etag"}):
                violations.append(
                    Violation(path, "READ_ONLY", f"{path} cannot be changed this way.", f"{path} 不能直接修改。")
                )
        values, found = self.mapping.read(message, sorted(tops))
        violations += found
        named = [path.partition(".")[2] for path in paths if path.startswith("custom_fields.")]
        if named and "custom_fields" in values and "custom_fields" not in paths:
            values["custom_fields"] = {name: values["custom_fields"].get(name) for name in named}
        await self._check_custom(call, values, violations, complete=False)
        if violations:
            raise InvalidArgument(violations)
        return values

    def apply(self, entity: E, values: Dict[str, Any]) -> set[str]:
        """Set the values; answers which attributes really changed. Custom fields are merged, null removes one."""
        changed = set()
        for name, value in values.items():
            if name == "custom_fields":
                value = {k: v for k, v in {**entity.custom_fields, **value}.items() if v is not None}  # noqa: PLW2901
            if getattr(entity, name) != value:
                setattr(entity, name, value)
                changed.add(name)
        return changed

    def _refuse_unwritable(self, call: Call, names: Iterable[str]) -> None:
        rules = call.principal.field_rules
        if not rules:
            return
        for name in sorted(names):
            if not field_rules.rule_of(rules, self._kind, name).writable:
                raise FieldNotWritable(field=name)

    async def _check_custom(
        self, call: Call, values: dict[str, Any], violations: Violations, *, complete: bool
    ) -> None:
        if "custom_fields" not in self.mapping.fields or not (complete or "custom_fields" in values):
            return
        definitions = await call.db.custom_fields.of(self.name)
        kept, wrong = custom_fields.check(definitions, values.get("custom_fields") or {}, complete=complete)
        values["custom_fields"] = kept
        violations += wrong


def resource_of(full_name: str) -> "Resource[Any, Any] | None":
    """The resource whose message has this full proto name."""
    return _registry.get(full_name)


def _present(message: Message) -> list[str]:
    """Fields a client gave a value, those it may not write left out."""
    given = [field for field, _ in message.ListFields() if field.name not in {"id", "etag"}]
    return [field.name for field in given if not (behaviors(field).output_only or behaviors(field).immutable)]


__all__ = ["Resource", "read_one", "resource_of"]

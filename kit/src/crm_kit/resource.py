"""The five standard methods of a stored resource, once for all forty of them.

A servicer assigns what is standard (``GetLead = leads.get``) and writes what is not as a method of its own.
"""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

from crm.type.v1.count_pb2 import COUNT_MODE_CAPPED, COUNT_MODE_EXACT
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from sqlalchemy import ColumnElement, Select, bindparam, func, select

from crm_kit import custom_fields, paging
from crm_kit.access import SCOPED, visible
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import InvalidArgument, NotFound, Violation
from crm_kit.fieldtypes import behaviors
from crm_kit.filtering import Fields, search, where
from crm_kit.mapping import Mapping, mapping_of
from crm_kit.principal import Scope
from crm_kit.tx import begin, parse_id

E = TypeVar("E", bound=Entity)
M = TypeVar("M", bound=Message)

COUNT_CAP = 10_000
Violations = list[Violation]


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
        self.order = order
        kinds = {name: mapping.fields[name].enum_type for name in filters if name in mapping.fields}
        enums = {name: [value.name for value in kind.values][1:] for name, kind in kinds.items() if kind is not None}
        self.fields = Fields.of_entity(self.entity, ["id", *filters], enums=enums, search=search)
        self.write = mapping.write

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
        fields = await self._fields(call)
        clauses = [visible(call, self.entity), *also]
        condition, text, order = _text(request, "filter"), _text(request, "search"), _text(request, "order_by")
        clauses += [c for c in (where(condition, fields, call.now), search(text, fields)) if c is not None]
        binding = paging.query_hash(self.name, condition, text, parent)
        page = paging.page(order or self.order, request.page_size, request.page_token, fields, binding)
        wanted = tuple(sorted(request.fields.paths)) if _has(request, "fields") else ()
        self._refuse_unknown(wanted)
        columns, write = self.mapping.page(wanted)
        statement = select(*columns, *page.columns).where(*clauses).order_by(*page.order_by).limit(page.limit)
        if page.after is not None:
            statement = statement.where(page.after)
        async with call.db.connect(searching=bool(condition or text)) as connection:
            rows = (await connection.execute(statement, execution_options=SCOPED)).all()
            answer, items = _response(type(request))
            if _has(request, "count") and request.count:
                answer.total_size = await self._count(connection, clauses, request.count)
        getattr(answer, items).extend([write(row) for row in rows[: page.size]])
        if len(rows) > page.size:
            answer.next_page_token = page.token_for(rows[page.size - 1][len(columns) :])
        return answer

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
        values, violations = self.mapping.read(message)
        await self._check_custom(call, values, violations, complete=True)
        if violations:
            raise InvalidArgument(violations)
        return self.entity(**values)

    async def changes(self, call: Call, message: M, paths: Sequence[str]) -> dict[str, Any]:
        """Column values of the fields named in an update mask, of those present without one; raises InvalidArgument."""
        paths = paths or _present(message)
        tops = {path.partition(".")[0] for path in paths}
        violations = [_unknown(path, self.mapping) for path in sorted(tops) if path not in self.mapping.fields]
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

    async def _check_custom(
        self, call: Call, values: dict[str, Any], violations: Violations, *, complete: bool
    ) -> None:
        if "custom_fields" not in self.mapping.fields or not (complete or "custom_fields" in values):
            return
        definitions = await call.db.custom_fields.of(self.name)
        kept, wrong = custom_fields.check(definitions, values.get("custom_fields") or {}, complete=complete)
        values["custom_fields"] = kept
        violations += wrong

    async def _fields(self, call: Call) -> Fields:
        if "custom_fields" not in self.mapping.fields:
            return self.fields
        definitions = await call.db.custom_fields.of(self.name)
        return _with_custom(self.fields, definitions, self.entity) if definitions else self.fields

    async def _count(self, connection: Any, clauses: Sequence[ColumnElement[bool]], mode: int) -> int:
        matching = select(self.entity.__table__.c.id).where(*clauses)
        if mode == COUNT_MODE_CAPPED:
            matching = matching.limit(COUNT_CAP + 1)
        elif mode != COUNT_MODE_EXACT:
            raise InvalidArgument.of("count", "UNKNOWN_VALUE", "Choose CAPPED or EXACT.", "请选择 CAPPED 或 EXACT。")
        counted = await connection.execute(
            select(func.count()).select_from(matching.subquery()), execution_options=SCOPED
        )
        return int(counted.scalar_one())

    def _refuse_unknown(self, paths: Sequence[str]) -> None:
        unknown = [_unknown(path, self.mapping, "fields") for path in paths if path not in self.mapping.fields]
        if unknown:
            raise InvalidArgument(unknown)


async def read_one(call: Call, full_name: str, id: Any) -> Any:
    """The message of one visible record, by the full proto name of its type; NotFound when absent or hidden."""
    mapping = mapping_of(full_name)
    assert mapping is not None, full_name
    _, write = mapping.page(())
    statement, key = _selecting_one(call, mapping), parse_id(mapping.entity, id)
    async with call.db.connect() as connection:
        found = await connection.execute(statement, {"key": key}, execution_options=SCOPED)
        row = found.one_or_none()
    if row is None:
        raise NotFound(resource=mapping.name, id=id)
    return write(row)


_ONE: dict[tuple[str, Scope, str, str], Select[Any]] = {}
"""Statements that read one record, by all their clauses depend on: building one costs more than running it."""


def _selecting_one(call: Call, mapping: Mapping[Any, Any]) -> Select[Any]:
    known = (mapping.full_name, call.scope, call.principal.unit_path, call.principal.subject)
    statement = _ONE.get(known)
    if statement is None:
        if len(_ONE) >= 1024:
            _ONE.clear()
        by_key = mapping.entity.__table__.c.id == bindparam("key")
        statement = _ONE[known] = select(*mapping.page(())[0]).where(by_key, visible(call, mapping.entity))
    return statement


@lru_cache(maxsize=256)
def _with_custom(fields: Fields, definitions: tuple[custom_fields.CustomField, ...], entity: type[Entity]) -> Fields:
    return fields.plus(custom_fields.filter_fields(definitions, entity.__table__.c.custom_fields))


def _present(message: Message) -> list[str]:
    """Fields a client gave a value, those it may not write left out."""
    given = [field for field, _ in message.ListFields() if field.name not in {"id", "etag"}]
    return [field.name for field in given if not (behaviors(field).output_only or behaviors(field).immutable)]


def _response(request: type[Message]) -> tuple[Any, str]:
    """An empty answer of the list request, by the contract's naming, and the name of its repeated field."""
    name = request.DESCRIPTOR.full_name.removesuffix("Request") + "Response"
    response = descriptor_pool.Default().FindMessageTypeByName(name)
    items = next(field.name for field in response.fields if field.is_repeated)
    return message_factory.GetMessageClass(response)(), items


def _has(request: Message, field: str) -> bool:
    return field in request.DESCRIPTOR.fields_by_name


def _text(request: Any, field: str) -> str:
    return getattr(request, field) if _has(request, field) else ""


def _unknown(path: str, mapping: Mapping[Any, Any], argument: str = "update_mask") -> Violation:
    names = ", ".join(sorted(mapping.fields))
    return Violation(
        argument,
        "UNKNOWN_FIELD",
        f"There is no field {path}; there are {names}.",
        f"没有字段 {path}；可用字段：{names}。",
    )

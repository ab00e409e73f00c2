"""The five standard methods of a stored resource, once for all forty of them.

A servicer assigns what is standard (``GetLead = leads.get``) and writes what is not as a method of its own.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from crm.type.v1.count_pb2 import COUNT_MODE_CAPPED, COUNT_MODE_EXACT
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from sqlalchemy import BindParameter, ColumnElement, Select, Uuid, bindparam, func, select

from crm_kit import custom_fields, field_rules, paging, reading
from crm_kit.access import visible
from crm_kit.blind_index import Mark
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import FieldNotWritable, InvalidArgument, NotFound, Violation
from crm_kit.fieldtypes import behaviors
from crm_kit.filtering import Fields, search, where
from crm_kit.mapping import Mapping, mapping_of
from crm_kit.reader import Reader
from crm_kit.reading import Condition
from crm_kit.row_context import Context, context_of
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
        self._kind: Any = mapping.message.DESCRIPTOR

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
        fields, hidden = await self._fields(call), self._unreadable(call)
        asked, text, order = _text(request, "filter"), _text(request, "search"), _text(request, "order_by")
        conditions = [_visible(call, self.entity), *map(reading.condition, also)]
        written = (where(asked, fields, call.now, unreadable=hidden), search(text, fields, unreadable=hidden))
        conditions += [reading.repeated(clause) for clause in written if clause is not None]
        binding = paging.query_hash(self.name, asked, text, parent)
        size, token = request.page_size, request.page_token
        page = paging.page(order or self.order, size, token, fields, binding, unreadable=hidden)
        wanted = tuple(sorted(request.fields.paths)) if _has(request, "fields") else ()
        self._refuse_unknown(wanted)
        columns, write = self.mapping.shown(wanted)

        def statement(clauses: list[ColumnElement[bool]]) -> Select[Any]:
            return select(*columns, *page.columns).where(*clauses).order_by(*page.order_by).limit(page.limit)

        reader = call.db.searcher if asked or text else call.db.reader
        shape = (self.mapping.full_name, wanted, page.keys, page.limit)
        after = [] if page.after is None else [reading.condition(page.after)]
        within = context_of(call)
        rows = await reading.fetch(reader, shape, [*conditions, *after], statement, rows=within)
        answer_type, items = _response(request.DESCRIPTOR.full_name)
        answer = answer_type(**{items: [write(row) for row in rows[: page.size]]})
        if _has(request, "count") and request.count:
            answer.total_size = await self._count(reader, conditions, request.count, within)
        if len(rows) > page.size:
            answer.next_page_token = page.token_for(list(rows[page.size - 1])[len(columns) :])
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

    def _unreadable(self, call: Call) -> frozenset[str]:
        rules = call.principal.field_rules
        return field_rules.unreadable(rules, self._kind, self.fields) if rules else frozenset()

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

    async def _fields(self, call: Call) -> Fields:
        fields = self.fields
        if fields.has_blind:
            assert call.db.subjects is not None, "a service with sealed fields is started with its keys"
            fields = _marking(fields, call.db.subjects.mark)
        if "custom_fields" not in self.mapping.fields:
            return fields
        definitions = await call.db.custom_fields.of(self.name)
        return _with_custom(fields, definitions, self.entity) if definitions else fields

    async def _count(self, reader: Reader, conditions: Sequence[Condition], mode: int, within: Context) -> int:
        if mode not in {COUNT_MODE_CAPPED, COUNT_MODE_EXACT}:
            raise InvalidArgument.of("count", "UNKNOWN_VALUE", "Choose CAPPED or EXACT.", "请选择 CAPPED 或 EXACT。")
        cap = COUNT_CAP + 1 if mode == COUNT_MODE_CAPPED else None

        def statement(clauses: list[ColumnElement[bool]]) -> Select[Any]:
            matching = select(self.entity.__table__.c.id).where(*clauses).limit(cap)
            return select(func.count()).select_from(matching.subquery())

        shape = (self.mapping.full_name, "count", cap)
        rows = await reading.fetch(reader, shape, conditions, statement, rows=within)
        return int(rows[0][0])

    def _refuse_unknown(self, paths: Sequence[str]) -> None:
        unknown = [_unknown(path, self.mapping, "fields") for path in paths if path not in self.mapping.fields]
        if unknown:
            raise InvalidArgument(unknown)


async def read_one(call: Call, full_name: str, id: Any) -> Any:
    """The message of one visible record, by the full proto name of its type; NotFound when absent or hidden."""
    mapping = mapping_of(full_name)
    assert mapping is not None, full_name
    columns, write = mapping.shown(())
    key = parse_id(mapping.entity, id)
    by_key = Condition(_by_key(mapping), "by key", (_KEY,), (key,))

    def statement(clauses: list[ColumnElement[bool]]) -> Select[Any]:
        return select(*columns).where(*clauses)

    conditions = (by_key, _visible(call, mapping.entity))
    rows = await reading.fetch(call.db.reader, full_name, conditions, statement, rows=context_of(call))
    if not rows:
        raise NotFound(resource=mapping.name, id=id)
    return write(rows[0])


_KEY: BindParameter[UUID] = bindparam("key", type_=Uuid())


@cache
def _by_key(mapping: Mapping[Any, Any]) -> ColumnElement[bool]:
    return mapping.entity.__table__.c.id == _KEY  # type: ignore[no-any-return]


def _visible(call: Call, entity: type[Entity]) -> Condition:
    """What the caller may see, taken apart once for as long as the caller's token is known."""
    memo, known = call.principal.memo, (entity, call.permission, call.shared)
    found: Condition | None = memo.get(known)
    if found is None:
        found = memo[known] = reading.condition(visible(call, entity))
    return found


@lru_cache(maxsize=256)
def _with_custom(fields: Fields, definitions: tuple[custom_fields.CustomField, ...], entity: type[Entity]) -> Fields:
    return fields.plus(custom_fields.filter_fields(definitions, entity.__table__.c.custom_fields))


@lru_cache(maxsize=256)
def _marking(fields: Fields, mark: Mark) -> Fields:
    return fields.marking(mark)


def _present(message: Message) -> list[str]:
    """Fields a client gave a value, those it may not write left out."""
    given = [field for field, _ in message.ListFields() if field.name not in {"id", "etag"}]
    return [field.name for field in given if not (behaviors(field).output_only or behaviors(field).immutable)]


@cache
def _response(request: str) -> tuple[Any, str]:
    """The answer's type of the list request, by the contract's naming, and the name of its repeated field."""
    name = request.removesuffix("Request") + "Response"
    response = descriptor_pool.Default().FindMessageTypeByName(name)
    items = next(field.name for field in response.fields if field.is_repeated)
    return message_factory.GetMessageClass(response), items


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

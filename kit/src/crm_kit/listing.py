"""Pages of a stored resource: filtered, searched, ordered, counted, for one caller."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from crm.type.v1.count_pb2 import COUNT_MODE_CAPPED, COUNT_MODE_EXACT
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message
from sqlalchemy import ColumnElement, Select, func, select

from crm_kit import custom_fields, field_rules, newest_first, paging, reading
from crm_kit.blind_index import Mark
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.filtering import Fields, search, where
from crm_kit.lookup import what_shows
from crm_kit.mapping import Mapping
from crm_kit.reader import Reader
from crm_kit.reading import Condition
from crm_kit.row_context import Context, context_of

E = TypeVar("E", bound=Entity)
M = TypeVar("M", bound=Message)

COUNT_CAP = 10_000


class Listing(Generic[E, M]):
    """The lists of one resource. ``order``: what they are ordered by unless asked otherwise."""

    def __init__(self, mapping: Mapping[E, M], fields: Fields, order: str) -> None:
        self._mapping, self._fields, self._order = mapping, fields, order
        self._kind: Any = mapping.message.DESCRIPTOR

    async def page(self, request: Any, call: Call, also: Sequence[ColumnElement[bool]], parent: str) -> Any:
        """One page of the records that are visible, match the request and fulfil ``also``.

        ``parent`` names what ``also`` restricts to (a lead's id), so that a page token stays with it.
        """
        mapping = self._mapping
        fields, hidden = await self._known_fields(call), self._unreadable(call)
        asked, text, order = _text(request, "filter"), _text(request, "search"), _text(request, "order_by")
        conditions = [what_shows(call, mapping.entity), *map(reading.condition, also)]
        written = (where(asked, fields, call.now, unreadable=hidden), search(text, fields, unreadable=hidden))
        conditions += [reading.repeated(clause) for clause in written if clause is not None]
        binding = paging.query_hash(mapping.name, asked, text, parent)
        size, token = request.page_size, request.page_token
        page = paging.page(order or self._order, size, token, fields, binding, unreadable=hidden)
        wanted = tuple(sorted(request.fields.paths)) if _has(request, "fields") else ()
        self._refuse_unknown(wanted)
        columns, write = mapping.shown(wanted)

        def statement(clauses: list[ColumnElement[bool]]) -> Select[Any]:
            return select(*columns, *page.columns).where(*clauses).order_by(*page.order_by).limit(page.limit)

        reader = call.db.searcher if asked or text else call.db.reader
        shape = (mapping.full_name, wanted, page.keys, page.limit)
        after = [] if page.after is None else [reading.condition(page.after)]
        within = context_of(call)
        if len(conditions) == 1 and (way := await newest_first.way(call, mapping.entity, page.keys)) is not None:
            found = way.statement(columns, page)
            rows = await reading.fetch(reader, (*shape, way.name), [*way.conditions, *after], found, rows=within)
        else:
            rows = await reading.fetch(reader, shape, [*conditions, *after], statement, rows=within)
        answer_type, items = _response(request.DESCRIPTOR.full_name)
        answer = answer_type(**{items: [write(row) for row in rows[: page.size]]})
        if _has(request, "count") and request.count:
            answer.total_size = await self._count(reader, conditions, request.count, within)
        if len(rows) > page.size:
            answer.next_page_token = page.token_for(list(rows[page.size - 1])[len(columns) :])
        return answer

    async def _count(self, reader: Reader, conditions: Sequence[Condition], mode: int, within: Context) -> int:
        if mode not in {COUNT_MODE_CAPPED, COUNT_MODE_EXACT}:
            raise InvalidArgument.of("count", "UNKNOWN_VALUE", "Choose CAPPED or EXACT.", "请选择 CAPPED 或 EXACT。")
        cap = COUNT_CAP + 1 if mode == COUNT_MODE_CAPPED else None

        def statement(clauses: list[ColumnElement[bool]]) -> Select[Any]:
            matching = select(self._mapping.entity.__table__.c.id).where(*clauses).limit(cap)
            return select(func.count()).select_from(matching.subquery())

        shape = (self._mapping.full_name, "count", cap)
        rows = await reading.fetch(reader, shape, conditions, statement, rows=within)
        return int(rows[0][0])

    async def _known_fields(self, call: Call) -> Fields:
        fields = self._fields
        if fields.has_blind:
            assert call.db.subjects is not None, "a service with sealed fields is started with its keys"
            fields = _marking(fields, call.db.subjects.mark)
        if "custom_fields" not in self._mapping.fields:
            return fields
        definitions = await call.db.custom_fields.of(self._mapping.name)
        return _with_custom(fields, definitions, self._mapping.entity) if definitions else fields

    def _unreadable(self, call: Call) -> frozenset[str]:
        rules = call.principal.field_rules
        if not rules:
            return frozenset()
        # What is searched need not be filtered by.
        asked = {*self._fields, *(field.name for field in self._fields.search)}
        return field_rules.unreadable(rules, self._kind, asked)

    def _refuse_unknown(self, paths: Sequence[str]) -> None:
        found = [unknown(path, self._mapping, "fields") for path in paths if path not in self._mapping.fields]
        if found:
            raise InvalidArgument(found)


def unknown(path: str, mapping: Mapping[Any, Any], argument: str = "update_mask") -> Violation:
    """A field was named that the resource does not have."""
    names = ", ".join(sorted(mapping.fields))
    return Violation(
        argument,
        "UNKNOWN_FIELD",
        f"There is no field {path}; there are {names}.",
        f"没有字段 {path}；可用字段：{names}。",
    )


@lru_cache(maxsize=256)
def _with_custom(fields: Fields, definitions: tuple[custom_fields.CustomField, ...], entity: type[Entity]) -> Fields:
    return fields.plus(custom_fields.filter_fields(definitions, entity.__table__.c.custom_fields))


@lru_cache(maxsize=256)
def _marking(fields: Fields, mark: Mark) -> Fields:
    return fields.marking(mark)


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

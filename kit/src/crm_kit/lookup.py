"""Records by their ids, as their caller may see them."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit import reading
from crm_kit.access import visible
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import NotFound
from crm_kit.ids import parse_id
from crm_kit.mapping import Mapping, mapping_of
from crm_kit.reading import Condition
from crm_kit.row_context import context_of

_KEY: BindParameter[UUID] = bindparam("key", type_=Uuid())
_KEYS: BindParameter[Sequence[UUID]] = bindparam("keys", type_=ARRAY(Uuid()))


async def read_one(call: Call, full_name: str, id: Any) -> Any:
    """The message of one visible record, by the full proto name of its type; NotFound when absent or hidden."""
    mapping = mapping_of(full_name)
    assert mapping is not None, full_name
    columns, write = mapping.shown(())
    key = parse_id(mapping.entity, id)
    by_key = Condition(_by_key(mapping), "by key", (_KEY,), (key,))

    def statement(clauses: list[ColumnElement[bool]]) -> Select[Any]:
        return select(*columns).where(*clauses)

    conditions = (by_key, what_shows(call, mapping.entity))
    rows = await reading.fetch(call.db.reader, full_name, conditions, statement, rows=context_of(call))
    if not rows:
        raise NotFound(resource=mapping.name, id=id)
    found = write(rows[0])
    if mapping.details is not None:
        await mapping.details(call, found)
    return found


async def read_many(call: Call, full_name: str, ids: Sequence[UUID], fields: Sequence[str] = ()) -> dict[str, Any]:
    """The messages of those that are visible, by id; with these fields only, all when empty. What is sealed stays sealed."""
    mapping = mapping_of(full_name)
    assert mapping is not None, full_name
    columns, write = mapping.shown(tuple(fields))
    by_keys = Condition(mapping.entity.__table__.c.id == any_(_KEYS), "by keys", (_KEYS,), (list(ids),))

    def statement(clauses: list[ColumnElement[bool]]) -> Select[Any]:
        return select(*columns).where(*clauses)

    conditions = (by_keys, what_shows(call, mapping.entity))
    shape = (full_name, "many", tuple(fields))
    rows = await reading.fetch(call.db.reader, shape, conditions, statement, rows=context_of(call))
    return {message.id: message for message in map(write, rows)}


def what_shows(call: Call, entity: type[Entity]) -> Condition:
    """What the caller may see, taken apart once for as long as the caller's token is known."""
    memo, known = call.principal.memo, (entity, call.permission, call.shared)
    found: Condition | None = memo.get(known)
    if found is None:
        found = memo[known] = reading.condition(visible(call, entity))
    return found


@cache
def _by_key(mapping: Mapping[Any, Any]) -> ColumnElement[bool]:
    return mapping.entity.__table__.c.id == _KEY  # type: ignore[no-any-return]

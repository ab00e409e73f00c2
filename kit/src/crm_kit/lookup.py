"""One record by its id, as its caller may see it."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, Uuid, bindparam, select

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
    return write(rows[0])


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

"""Entities read by the driver for a command: their statements are compiled once, not built for every call."""

from collections.abc import Callable, Sequence
from copy import copy
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, bindparam, inspect, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as AsyncpgDialect  # noqa: N812 - the module's name for it
from sqlalchemy.orm import configure_mappers, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from crm_kit.access import visible
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.reading import Condition, condition

E = TypeVar("E", bound=Entity)

_DIALECT = AsyncpgDialect()  # type: ignore[no-untyped-call]


class Choice(Generic[E]):
    """One entity by conditions with ``bindparam`` values. ``lock``: ``update`` to change it, ``share`` so that nobody
    else does, or none. ``why`` says why it must see everything; empty where ``visible`` is among the conditions.
    """

    def __init__(self, entity: type[E], *conditions: ColumnElement[bool], why: str, lock: str = "update") -> None:
        self.entity, self.why = entity, why
        statement = select(*entity.__table__.c).where(*conditions)
        if lock:
            statement = statement.with_for_update(read=lock == "share")
        compiled: Any = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._places: list[str] = list(compiled.positiontup)
        self._fixed: dict[str, Any] = compiled.params
        self._names: dict[BindParameter[Any], str] = compiled.bind_names

    def of(self, shown: Condition, like: Condition) -> "Choice[E]":
        """The same choice for another caller, whose condition differs from the one ``like`` in its values only."""
        other = copy(self)
        theirs = {self._names[bind]: value for bind, value in zip(like.binds, shown.values, strict=True)}
        other._fixed = {**self._fixed, **theirs}  # noqa: SLF001 - one of its own kind
        return other

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """What the driver is given."""
        return [values[name] if name in values else self._fixed[name] for name in self._places]

    def entity_of(self, row: Sequence[Any]) -> E:
        """The entity of a row, as if a session had just loaded it."""
        new_instance, names = _shape(self.entity)
        found: E = new_instance()
        found.__dict__.update(zip(names, row, strict=True))
        make_transient_to_detached(found)
        return found

    def refresh(self, known: E, row: Sequence[Any]) -> E:
        """The same for an entity the session has already."""
        for name, value in zip(_shape(self.entity)[1], row, strict=True):
            set_committed_value(known, name, value)
        return known


def visible_one(call: Call, entity: type[E], *, deleted: bool, lock: str = "update") -> Choice[E]:
    """The entity with this ``id``, if the call may see it."""
    memo, known = call.principal.memo, (entity, call.permission, call.shared, deleted, lock)
    found: Choice[E] | None = memo.get(known)
    if found is None:
        shown = condition(visible(call, entity, deleted=deleted))
        found = memo[known] = _compiled_for(shown, entity, lock)
    return found


def _compiled_for(shown: Condition, entity: type[E], lock: str) -> Choice[E]:
    """Compiled once for all callers whose rights have the same form: every token is a caller of its own."""
    shape = (entity, lock, shown.shape)
    known = _compiled.get(shape)
    if known is None:
        known = Choice(entity, entity.__table__.c.id == bindparam("id"), shown.clause, why="", lock=lock), shown
        if shown.shape is not None:
            if len(_compiled) >= _MOST_SHAPES:
                _compiled.clear()
            _compiled[shape] = known
    choice, like = known
    return choice.of(shown, like)


_MOST_SHAPES = 4096
_compiled: dict[Any, tuple[Choice[Any], Condition]] = {}


@cache
def _shape(entity: type[Entity]) -> tuple[Callable[[], Any], list[str]]:
    configure_mappers()
    return inspect(entity).class_manager.new_instance, [column.name for column in entity.__table__.c]

"""What of a service's tables belongs to a person, as its composition root declares it, in the order in which it goes.

A person is named by records (``leads.lead``, ``customers.contact`` …) and, once they are known, by the ids of records of
any service that are about the person (``RECORD``).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from crm_kit.entity import Entity

if TYPE_CHECKING:
    from crm_kit.tx import Tx

RECORD = "record"
Subjects = Mapping[str, Sequence[UUID]]
"""Ids by kind of record."""
Named = Callable[[Sequence[UUID]], ColumnElement[bool]]
ERASED, ANONYMISED, KEPT = "ERASED", "ANONYMISED", "KEPT"
_DERIVED = frozenset({"search_text", "search_grams", "match_keys"})


@dataclass(frozen=True, slots=True)
class Kept:
    """What an obligation keeps as it is: the rows of which ``when`` is true, up to the day ``until``."""

    when: ColumnElement[bool]
    until: ColumnElement[Any]
    reason: str


@dataclass(frozen=True, slots=True)
class Holding:
    """The rows of one table that are about a person, and what erasing makes of them.

    ``by``: kind of record → column that names it, or a condition on ids. ``blank``: columns that go; what is derived from
    them (blind indexes, search columns, match keys) goes by itself. ``values``: what other columns say afterwards.
    ``removed``: the records are deleted for users, ``deleted``: the rows are deleted. ``before`` is done first, for the ids
    that are not kept: what the service's own rules make of it.
    """

    table: Table
    by: Mapping[str, Column[Any] | Named]
    blank: Sequence[str] = ()
    values: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    only: ColumnElement[bool] | None = None
    kept: Kept | None = None
    before: Callable[["Tx", Sequence[UUID]], Awaitable[None]] | None = None
    removed: bool = False
    deleted: bool = False
    exported: bool = True

    @property
    def outcome(self) -> str:
        """What becomes of the rows that are not kept."""
        return ERASED if self.removed or self.deleted else ANONYMISED

    def mine(self, subjects: Subjects) -> ColumnElement[bool]:
        """The rows about a person."""
        named = [
            column.in_(ids) if isinstance(column, Column) else column(ids)
            for kind, column in self.by.items()
            if (ids := subjects.get(kind))
        ]
        found = or_(false(), *named)
        return found if self.only is None else and_(found, self.only)

    @property
    def is_kept(self) -> ColumnElement[bool]:
        return false() if self.kept is None else func.coalesce(self.kept.when, false())

    def emptied(self) -> dict[str, ColumnElement[Any]]:
        """Column → what it says afterwards."""
        columns = self.table.c
        made = {name: _blank(columns[name]) for name in self.blank} | dict(self.values)
        made |= {column.name: literal("") for column in columns if column.info.get("index_of") in made}
        if made:
            derived = {name: _blank(columns[name]) for name in _DERIVED if name in columns}
            if "search_text" in derived and "number" in columns:
                # In the form of filtering.search_text: the record is still found by its number.
                derived["search_text"] = func.concat(" ", func.lower(columns.number), "\n")
            made = derived | made
        return made


@dataclass(frozen=True, slots=True)
class Link:
    """A column of a person's record that names another record of the same person, where ``only`` holds."""

    column: Any
    resource: str
    only: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A kind of record that is a person, where ``only`` holds; recognised by its sealed columns and its links."""

    entity: type[Entity]
    resource: str
    links: Sequence[Link] = ()
    only: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that one service holds of persons. A holding comes after those whose records it is found by."""

    persons: Sequence[Person] = ()
    holdings: Sequence[Holding] = ()


def kept_out(holding: Holding) -> ColumnElement[bool]:
    """The rows of a holding that go."""
    return not_(holding.is_kept)


@cache
def entity_of(table: Table) -> type[Entity] | None:
    """The entity stored in a table; None of a table without entities."""
    return next((mapper.class_ for mapper in Entity.registry.mappers if mapper.local_table is table), None)


def _blank(column: Column[Any]) -> ColumnElement[Any]:
    if column.nullable:
        return null()
    if isinstance(column.type, JSONB):
        empty = case((func.jsonb_typeof(column) == "array", "[]"), else_="{}")
        return cast(empty, JSONB)
    if isinstance(column.type, ARRAY):
        return cast(literal("{}"), column.type)
    return literal(b"", LargeBinary()) if isinstance(column.type, LargeBinary) else literal("")

"""What a transaction writes, sent as one statement: a round trip costs more than a row.

A handful of rows of any tables become one ``WITH`` of inserts and updates, in the order in which they were noted. More
than that is left to whoever writes in sets.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Table, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstanceState
from sqlalchemy.orm.exc import StaleDataError

from crm_kit.entity import Entity
from crm_kit.row_context import Context

MOST = 12
"""Rows in one statement; every combination of tables and columns is a statement to be planned."""


class Part(NamedTuple):
    """The shape of one row's write. ``keys`` are compared with values, ``blank`` with NULL; an insert has neither."""

    table: str
    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()


class Write(NamedTuple):
    """One row's write; a versioned one must find its row as it was read."""

    part: Part
    values: list[Any]
    versioned: bool = False


class Writes:
    """Rows to be inserted or updated when their transaction ends."""

    def __init__(self) -> None:
        self.noted: list[Write] = []

    def __len__(self) -> int:
        return len(self.noted)

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        """A new row; columns it does not name get their defaults."""
        self.noted.append(Write(Part(table.name, tuple(row)), values_of(table, row)))

    def update(
        self, table: Table, where: Mapping[str, Any], values: Mapping[str, Any], *, versioned: bool = False
    ) -> None:
        """Change the rows whose columns equal ``where``; None there means NULL."""
        keys = {name: value for name, value in where.items() if value is not None}
        blank = tuple(name for name, value in where.items() if value is None)
        part = Part(table.name, tuple(values), tuple(keys), blank)
        self.noted.append(Write(part, values_of(table, values) + values_of(table, keys), versioned))

    def store(self, entity: Entity) -> None:
        """A new entity, or what changed of one that was loaded; its version is the next one from now on."""
        table: Table = type(entity).__table__  # type: ignore[assignment]
        state: InstanceState[Any] = inspect(entity)
        on = state.mapper.dispatch
        (on.before_insert if state.key is None else on.before_update)(state.mapper, None, state)
        known, changes = entity.version, changed(entity)
        entity.version = known + 1
        if changes is None:
            self.insert(table, {name: getattr(entity, name) for name in _names(table)})
        else:
            values = {name: getattr(entity, name) for name in changes}
            where = {"id": entity.id, "version": known}
            self.update(table, where, {**values, "version": entity.version}, versioned=True)

    def join(self, others: "Writes") -> None:
        """Take over what others noted, behind what is noted here."""
        self.noted += others.noted
        others.noted = []

    def take(self) -> tuple[str, list[Any], Callable[[Sequence[int]], None]]:
        """The next statement with its arguments, and the check of how many rows each of its parts touched."""
        some, self.noted = self.noted[:MOST], self.noted[MOST:]

        def check(touched: Sequence[int]) -> None:
            if any(write.versioned and count != 1 for write, count in zip(some, touched, strict=True)):
                raise StaleDataError("a record was changed by somebody else")

        values = [value for write in some for value in write.values]
        return _statement(tuple(write.part for write in some)), values, check


def changed(entity: Entity) -> list[str] | None:
    """The columns whose values differ from those loaded; None for a new entity."""
    state: InstanceState[Any] = inspect(entity)
    if state.key is None:
        return None
    return [name for name, before in state.committed_state.items() if state.dict.get(name) != before]


def outside(usual: Context, entities: Iterable[Entity], placed: Container[UUID]) -> bool:
    """Whether storing these must see more than the call's own records: a use case was given one of them, or moved it, out
    of the call's range, or the house ``placed`` it there. A new one that nobody excused is the database's to refuse.
    """
    return any(
        not entity.__unscoped__ and excused(entity, placed) and not _admitted(usual, entity) for entity in entities
    )


def excused(entity: Entity, placed: Container[UUID]) -> bool:
    """Whether it may be stored seeing everything: loaded within a scope, or put where it belongs by the house."""
    return inspect(entity).key is not None or entity.id in placed


def _admitted(usual: Context, entity: Entity) -> bool:
    """Whether a call's own context may write it: where it lies now, and where it lay when it was loaded."""
    if not usual.admits(entity.owner_id, entity.unit_path):
        return False
    state: InstanceState[Any] = inspect(entity)
    before = state.committed_state
    if state.key is None or before.keys().isdisjoint({"owner_id", "unit_path"}):
        return True
    return usual.admits(before.get("owner_id", entity.owner_id), before.get("unit_path", entity.unit_path))


@cache
def stands_alone(entity: type[Entity]) -> bool:
    """Whether its row is all there is to store: no children that the session must bring in step."""
    return not inspect(entity).relationships


async def unsaved(session: AsyncSession, now: datetime) -> tuple[list[Entity], Writes]:
    """What is new or changed in the session, with the writes that store it; what is more than a few plain rows the
    session has stored itself.
    """
    writes = Writes()
    touched = [*session.new, *session.dirty]
    plain = not session.deleted and all(isinstance(one, Entity) and stands_alone(type(one)) for one in touched)
    if not plain or len(touched) > MOST:
        await session.flush()
        return [], writes
    stored = [*session.new, *sorted((one for one in session.dirty if changed(one)), key=lambda one: one.id)]
    for entity in stored:
        if changed(entity):
            entity.update_time = now
        writes.store(entity)
    return stored, writes


@lru_cache(maxsize=1024)
def _statement(parts: tuple[Part, ...]) -> str:
    place, written = 0, []

    def places(names: Sequence[str]) -> list[str]:
        nonlocal place
        place += len(names)
        return [f"${number}" for number in range(place - len(names) + 1, place + 1)]

    for number, part in enumerate(parts):
        columns = [f'"{name}"' for name in part.columns]
        if part.keys or part.blank:
            pairs = ", ".join(f"{name} = {at}" for name, at in zip(columns, places(columns), strict=True))
            where = [f'"{name}" = {at}' for name, at in zip(part.keys, places(part.keys), strict=True)]
            where += [f'"{name}" IS NULL' for name in part.blank]
            sql = f'UPDATE "{part.table}" SET {pairs} WHERE {" AND ".join(where)}'  # noqa: S608 - our own names
        else:
            sql = f'INSERT INTO "{part.table}" ({", ".join(columns)}) VALUES ({", ".join(places(columns))})'  # noqa: S608
        written.append(f"w{number} AS ({sql} RETURNING 1)")
    # Reading them one after the other is what makes PostgreSQL carry them out in this order.
    counts = ", ".join(f"(SELECT count(*) FROM w{number})" for number in range(len(parts)))  # noqa: S608
    return f"WITH {', '.join(written)} SELECT {counts}"


@lru_cache(maxsize=256)
def _names(table: Table) -> list[str]:
    return [column.name for column in table.c]


@lru_cache(maxsize=256)
def _converters(table: Table) -> dict[str, Callable[[Any], Any]]:
    return {column.name: _json for column in table.c if isinstance(column.type, JSONB)}


def values_of(table: Table, row: Mapping[str, Any]) -> list[Any]:
    """The values of a row as the driver takes them."""
    converts = _converters(table)
    return [value if (convert := converts.get(name)) is None else convert(value) for name, value in row.items()]


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()

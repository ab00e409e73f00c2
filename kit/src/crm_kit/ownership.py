"""Records follow their unit when it moves.

Set-based, in pieces that each commit alone; row facts are written by the trigger like those of any change. A row that
somebody holds locked is left for the next piece.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import MetaData, Table, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Uuid

from crm_kit.access import SCOPED, subtree
from crm_kit.errors import DeadlineExceeded
from crm_kit.tx import Tx

BATCH = 5_000
SMALLER = 16
PIECE_SECONDS = 1.0
NUMBERED = "number"


class Span(NamedTuple):
    """What moves and where to: all at or below the former path."""

    former_path: str
    path: str

    @property
    def values(self) -> dict[str, Any]:
        return {
            "former": self.former_path,
            "end": self.former_path[:-1] + "0",
            "path": self.path,
            "cut": len(self.former_path) + 1,
        }


Apart = Callable[[Tx, Span], Awaitable[int]]
"""Moves paths that cannot be moved as a column of their own; answers in how many rows."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column that says where rows belong."""

    table: Table
    column: str

    @property
    def is_entity(self) -> bool:
        return "pending_operation_id" in self.table.c


def places(metadata: MetaData, apart: Sequence[Table] = ()) -> Iterator[Place]:
    """Every column of a unit's path, by its name, so that a table added tomorrow follows as well."""
    for table in metadata.sorted_tables:
        if table not in apart:
            for column in table.c:
                if column.name == "unit_path" or column.name.endswith("_unit_path"):
                    yield Place(table, column.name)


@dataclass(slots=True)
class Leftovers:
    """Rows that cannot follow because their unit's new place has one that excludes them: a person must decide."""

    ids: dict[str, list[UUID]] = field(default_factory=dict)

    def of(self, table: Table) -> list[UUID]:
        return self.ids.setdefault(table.name, [])

    def __str__(self) -> str:
        return ", ".join(f"{table} {' '.join(map(str, ids[:5]))}" for table, ids in self.ids.items() if ids)


@dataclass(slots=True)
class Piece:
    """How many rows a transaction takes: as many as take about a second, because others wait for their locks."""

    size: int = 1_000

    @contextmanager
    def measured(self) -> Iterator[None]:
        """The next piece is smaller after a slow one, also when it was too slow to be done at all, and larger else."""
        begun = time.monotonic()
        try:
            yield
        except DeadlineExceeded:
            self.size = max(1, self.size // 4)
        else:
            fast = time.monotonic() - begun < PIECE_SECONDS
            self.size = min(BATCH, self.size * 2) if fast else max(1, self.size // 2)


async def move_unit(tx: Tx, place: Place, span: Span, leftovers: Leftovers, most: int = BATCH) -> int:
    """Move at most so many rows of one place; answers how many."""
    avoided = leftovers.of(place.table)
    try:
        async with tx.session.begin_nested():
            found = await tx.session.execute(_move(place, avoided), _values(tx, span, avoided, most))
            return int(found.rowcount)  # type: ignore[attr-defined]
    except IntegrityError as error:
        if not place.is_entity:
            raise
        if most > 1:
            return await move_unit(tx, place, span, leftovers, max(1, most // SMALLER))
        if NUMBERED in str(error.orig) and await _renumber(tx, place, span, avoided):
            return await move_unit(tx, place, span, leftovers, 1)
        row = (await tx.session.execute(_next(place, avoided), _values(tx, span, avoided, 1))).one_or_none()
        if row is not None:
            avoided.append(row.id)
        return 1


async def waiting(tx: Tx, place: Place, span: Span, leftovers: Leftovers) -> bool:
    """Whether rows are left that could follow: somebody held them."""
    avoided = leftovers.of(place.table)
    return (await tx.session.execute(_next(place, avoided), _values(tx, span, avoided, 1))).one_or_none() is not None


async def move_kit(tx: Tx, span: Span) -> None:
    """What the kit itself keeps by unit: shares with the unit, and the rights durable work was started with."""
    for statement in _KIT:
        await tx.session.execute(statement, span.values)


async def move_numbers(tx: Tx, span: Span) -> None:
    """The unit's series go on where they are; those begun at the new place already go on behind them."""
    await tx.session.execute(_SERIES, span.values)


def _values(tx: Tx, span: Span, avoided: Sequence[UUID], most: int) -> dict[str, Any]:
    values = span.values | {"most": most, "now": tx.now}
    return values | {"avoided": list(avoided)} if avoided else values


def _chosen(place: Place, avoided: Sequence[UUID], selected: str, tail: str) -> str:
    left_out = " AND id <> ALL(:avoided)" if avoided else ""
    return (
        f"SELECT {selected} FROM {place.table.name} "  # noqa: S608 - names of our own tables
        f"WHERE {place.column} >= :former AND {place.column} < :end{left_out} ORDER BY {place.column} {tail}"
    )


def _bound(sql: str, avoided: Sequence[UUID]) -> Any:
    statement = text(sql)
    return statement.bindparams(bindparam("avoided", type_=ARRAY(Uuid()))) if avoided else statement


def _move(place: Place, avoided: Sequence[UUID]) -> Any:
    raised = ", version = version + 1, update_time = CAST(:now AS timestamptz)" if place.is_entity else ""
    chosen = _chosen(place, avoided, "ctid", "LIMIT CAST(:most AS integer) FOR UPDATE SKIP LOCKED")
    return _bound(
        f"WITH chosen AS MATERIALIZED ({chosen}) "  # noqa: S608 - names of our own tables
        f"UPDATE {place.table.name} SET {place.column} = CAST(:path AS text) || substr({place.column}, CAST(:cut AS integer)){raised} "
        f"WHERE ctid = ANY(ARRAY(SELECT ctid FROM chosen))",
        avoided,
    )


def _next(place: Place, avoided: Sequence[UUID]) -> Any:
    return _bound(_chosen(place, avoided, "id" if place.is_entity else "1 AS id", "LIMIT 1"), avoided)


async def _renumber(tx: Tx, place: Place, span: Span, avoided: Sequence[UUID]) -> bool:
    """A number was given out at the new place before the unit's own series had come: the newcomer gets another."""
    columns = place.table.c
    if NUMBERED not in columns:
        return False
    moving = select(columns.id, columns.number, columns[place.column].label("at")).where(
        subtree(span.former_path, columns[place.column]), columns.id.not_in(avoided)
    )
    row = (
        await tx.session.execute(moving.order_by(columns[place.column]).limit(1), execution_options=SCOPED)
    ).one_or_none()
    if row is None:
        return False
    there = span.path + row.at[len(span.former_path) :]
    tx.call.db.numbers.forget(there)
    fresh = await tx.number(row.number.partition("-")[0], there)
    newcomer = update(place.table).where(columns[place.column] == there, columns.number == row.number)
    changed = newcomer.values(number=fresh, version=columns.version + 1).returning(columns.id)
    return (await tx.session.execute(changed, execution_options=SCOPED)).one_or_none() is not None


_KIT = (
    text("""
        DELETE FROM record_share old USING record_share new
        WHERE starts_with(old.grantee, 'unit:' || CAST(:former AS text)) AND new.record_id = old.record_id
          AND new.record_type = old.record_type
          AND new.grantee = 'unit:' || CAST(:path AS text) || substr(old.grantee, CAST(:cut AS integer) + 5)
    """),
    text("""
        UPDATE record_share SET grantee = 'unit:' || CAST(:path AS text) || substr(grantee, CAST(:cut AS integer) + 5)
        WHERE starts_with(grantee, 'unit:' || CAST(:former AS text))
    """),
    text("""
        UPDATE job SET principal = jsonb_set(principal, '{unit}',
            to_jsonb(CAST(:path AS text) || substr(principal->>'unit', CAST(:cut AS integer))))
        WHERE state = 'queued' AND starts_with(principal->>'unit', CAST(:former AS text))
    """),
)
_SERIES = text("""
    INSERT INTO number_series AS s (prefix, unit_path, year, next)
    SELECT prefix, CAST(:path AS text) || substr(unit_path, CAST(:cut AS integer)), year, next FROM number_series
    WHERE unit_path >= :former AND unit_path < :end
    ON CONFLICT (prefix, unit_path, year) DO UPDATE SET next = greatest(s.next, excluded.next)
""")

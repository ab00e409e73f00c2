"""The common list, newest first within a scope, at a cost that no statistics decide.

Of a wide scope a page is met on a short walk down the newest records of everybody; of a narrow one all records are fewer
than such a walk would pass. Both ways stay inside an index until the page is known, and only then read its records. The
planner, left to itself, takes one for the other, at a hundred times the cost.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal_column, select, true

from crm_kit import reading
from crm_kit.access import live, within
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.paging import Key, Page
from crm_kit.reading import Condition
from crm_kit.row_context import context_of

Clauses = list[ColumnElement[bool]]
ORDER = (("create_time", True), ("id", True))
FEWEST, MOST = 500, 20_000
STEPS_PER_RECORD = 9
"""A step of the walk costs a sixth of a record that row security lets through: with N records in the table, scopes of more
than the root of 9 N are cheaper to walk to.
"""


class Way(NamedTuple):
    """How a page is found: the conditions, and the statement made of them."""

    name: str
    conditions: Sequence[Condition]
    found: Callable[[Clauses, Page], Any]
    entity: type[Entity]

    def statement(self, columns: Sequence[Any], page: Page) -> Callable[[Clauses], Select[Any]]:
        """The page's records with ``columns`` and those of its order."""
        table = self.entity.__table__

        def build(clauses: Clauses) -> Select[Any]:
            newest = self.found(clauses, page)
            return (
                select(*columns, *page.columns)
                .join_from(table, newest, table.c.id == newest.c.id)
                .order_by(*page.order_by)
            )

        return build


async def way(call: Call, entity: type[Entity], keys: Sequence[Key]) -> Way | None:
    """The way for this caller; None where the plain statement does: another order, no index for it, no scope at all."""
    if not _has_index(entity) or tuple((key.field.name, key.descending) for key in keys) != ORDER:
        return None
    memo, known = call.principal.memo, ("newest first", entity, call.permission, call.shared)
    if known not in memo:
        memo[known] = _ways(call, entity)
    ways: tuple[Way, Way] | None = memo[known]
    if ways is None:
        return None
    narrow, wide = ways

    async def measure() -> bool:
        rows = await reading.fetch(
            call.db.reader, (entity, "width"), narrow.conditions, _measure(entity), rows=context_of(call)
        )
        return bool(rows[0][0])

    scope = (entity, *(tuple(map(str, part.values)) for part in narrow.conditions))
    return wide if await call.db.widths.is_wide(scope, measure) else narrow


@cache
def _has_index(entity: type[Entity]) -> bool:
    return any(index.name == f"ix_{entity.__tablename__}_newest" for index in entity.__table__.indexes)  # type: ignore[attr-defined]


def _ways(call: Call, entity: type[Entity]) -> tuple[Way, Way] | None:
    scope = within(call, entity)
    if scope.compare(true()):
        return None
    whole = reading.condition(live(entity))
    # As a truth value no index on units can serve it, so that the walk is all that is left.
    truth = reading.condition(scope.is_(true()))
    return (
        Way("narrow", (whole, reading.condition(scope)), _among_all, entity),
        Way("wide", (whole, truth), _on_a_walk, entity),
    )


def _on_a_walk(clauses: Clauses, page: Page) -> Any:
    ids = page.keys[-1].column
    return select(ids).where(*clauses).order_by(*page.order_by).limit(page.limit).subquery("newest")


def _among_all(clauses: Clauses, page: Page) -> Any:
    # Materialized: an order given to the planner together with the scope would tempt it to walk.
    among = select(*(key.column for key in page.keys)).where(*clauses).cte("among").prefix_with("MATERIALIZED")
    return (
        select(among.c.id).order_by(among.c.create_time.desc(), among.c.id.desc()).limit(page.limit).subquery("newest")
    )


def _measure(entity: type[Entity]) -> Callable[[Clauses], Select[Any]]:
    table = entity.__table__
    most: ColumnElement[int] = literal_column(
        f"(SELECT least(greatest(sqrt({STEPS_PER_RECORD} * greatest(reltuples, 0)), {FEWEST}), {MOST})::bigint "  # noqa: S608
        f"FROM pg_class WHERE oid = '{entity.__tablename__}'::regclass)",
        BigInteger(),
    )

    def build(clauses: Clauses) -> Select[Any]:
        among = select(table.c.id).where(*clauses).limit(most).subquery()
        return select(func.count() >= most).select_from(among)

    return build

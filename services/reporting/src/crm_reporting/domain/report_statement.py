"""The one statement a plan compiles to, over the names of records whose rows ``queries`` defines: set-based, all bound."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Numeric,
    Select,
    String,
    Text,
    Uuid,
    and_,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
    tuple_,
)

from crm_kit.filtering import Field, Fields
from crm_kit.filtering.fields import of_column
from crm_reporting.domain.datasets import COUNT, DATASETS, GRAINS, Dataset
from crm_reporting.domain.report_plan import Dimension, Measure, Plan

FUNCTIONS: dict[str, Callable[[Any], ColumnElement[Any]]] = {
    "sum": func.sum,
    "average": func.avg,
    "min": func.min,
    "max": func.max,
}
BLANK: ColumnElement[str] = literal_column("''")
PLACES: ColumnElement[int] = literal_column("6")
TOTAL, PLACE = "total", "place"


@cache
def records(name: str) -> FromClause:
    """The records of a dataset as statements name them."""
    kept = DATASETS[name].table
    named = table(name, *(column(each.name, each.type) for each in kept.c))
    return named.alias("f")


@cache
def filter_fields(name: str) -> Fields:
    """What a filter may ask of a dataset: its fields, by the names its rows and measures have."""
    dataset = DATASETS[name]
    return Fields(_filter_field(dataset, each.name) for each in dataset.fields)


def sources_of(plan: Plan) -> list[str]:
    """Names of records the statement reads, each to be defined as what the reader may see of it."""
    joined = [each.field.reference.scoped for each in plan.dimensions if each.field.reference is not None]
    return list(dict.fromkeys([plan.dataset.name, *filter(None, joined)]))


def statement_of(plan: Plan, where: ColumnElement[bool] | None, zone: str, language: str) -> Select[Any]:
    """Rows begin with whether it is a total, then keys and names, the currency where there is money, and the figures.

    One row more than the limit is read, so that the reader can be told that there are more.
    """
    facts = _facts(plan, where, zone, language).cte("facts")
    keys = [facts.c[key] for at, each in enumerate(plan.dimensions) for key in _keys(at, each)]
    money = [facts.c.currency] if plan.by_currency else []
    total = func.grouping(keys[0]) if keys else literal_column("0")
    figures = [_figure(each, facts.c).label(f"m{at}") for at, each in enumerate(plan.measures)]
    summed = select(total.label(TOTAL), *keys, *money, *figures).select_from(facts)
    if keys:
        summed = summed.group_by(func.grouping_sets(tuple_(*keys, *money), tuple_(*money) if money else text("()")))
    elif money:
        summed = summed.group_by(*money)
    answers = summed.cte("answers")
    place = func.row_number().over(partition_by=answers.c[TOTAL], order_by=_order(plan, answers.c))
    placed = select(answers, place.label(PLACE)).cte("placed")
    shown = [each for each in placed.c if each.name != PLACE]
    enough = placed.c[PLACE] <= literal(plan.limit + 1, Integer())
    return select(*shown).where(enough).order_by(placed.c[TOTAL], placed.c[PLACE])


def _facts(plan: Plan, where: ColumnElement[bool] | None, zone: str, language: str) -> Select[Any]:
    """What is counted, one row a record, with the keys it is grouped by: a record is met once, so that nothing is added twice."""
    f = records(plan.dataset.name)
    shown: list[ColumnElement[Any]] = []
    source: Any = f
    for at, each in enumerate(plan.dimensions):
        key, name, source = _key(at, each, f, source, zone, language)
        shown += [part.label(label) for part, label in zip((key, *name), _keys(at, each), strict=True)]
    if plan.by_currency:
        shown.append(f.c.currency)
    fields = dict.fromkeys(measure.field.name for measure in plan.measures if measure.field is not None)
    shown += [f.c[name].label(f"v_{name}") for name in fields]
    clauses: list[ColumnElement[bool]] = [literal_column(plan.dataset.only, Boolean)] if plan.dataset.only else []
    if where is not None:
        clauses.append(where)
    if plan.by_currency and all(measure.is_money for measure in plan.measures):
        # What has no amount has no currency: it would stand in a row of its own that says nothing.
        clauses.append(f.c.currency != BLANK)
    return select(*(shown or [literal_column("1").label("one")])).select_from(source).where(*clauses)


def _key(
    at: int, dimension: Dimension, f: FromClause, source: Any, zone: str, language: str
) -> tuple[ColumnElement[Any], list[ColumnElement[Any]], Any]:
    field, stored = dimension.field, f.c[dimension.field.name]
    if dimension.grain:
        local = func.timezone(literal(zone, String()), stored) if isinstance(stored.type, DateTime) else stored
        written = func.to_char(local, literal_column(f"'{GRAINS[dimension.grain][0]}'"))
        return func.coalesce(written, BLANK), [], source
    key = func.coalesce(cast(stored, Text) if isinstance(stored.type, Uuid) else stored, BLANK)
    reference = field.reference
    if reference is None:
        return key, [], source
    kept = reference.table
    named = table(reference.scoped or kept.name, *(column(each.name, each.type) for each in kept.c)).alias(f"d{at}")
    same = and_(*(named.c[theirs] == f.c[ours] for theirs, ours in reference.on))
    name = func.coalesce(named.c[reference.shown.in_language(language)], BLANK)
    return key, [name], source.outerjoin(named, same)


def _keys(at: int, dimension: Dimension) -> tuple[str, ...]:
    return (f"k{at}", f"n{at}") if dimension.field.reference is not None and not dimension.grain else (f"k{at}",)


def _figure(measure: Measure, facts: Any) -> ColumnElement[Any]:
    if measure.aggregate == COUNT or measure.field is None:
        return func.count()
    put_together = FUNCTIONS[measure.aggregate](facts[f"v_{measure.field.name}"])
    if measure.aggregate == "average":
        return func.round(cast(put_together, Numeric), PLACES)
    return put_together


def _order(plan: Plan, answers: Any) -> Sequence[ColumnElement[Any]]:
    """As asked, then by the rows, so that equal ones always stand alike."""
    keys = {each.name: _keys(at, each)[-1] for at, each in enumerate(plan.dimensions)}
    figures = {each.name: f"m{at}" for at, each in enumerate(plan.measures)}
    asked = [(answers[{**keys, **figures}[name]], largest_first) for name, largest_first in plan.order]
    ordered = [each.desc().nulls_last() if largest_first else each.asc().nulls_last() for each, largest_first in asked]
    rest = [answers[key] for at, each in enumerate(plan.dimensions) for key in reversed(_keys(at, each))]
    money = [answers.currency] if plan.by_currency else []
    return [*ordered, *rest, *money] or [answers.m0]


def _filter_field(dataset: Dataset, name: str) -> Field:
    field = dataset.field(name)
    assert field is not None, name
    return of_column(name, records(dataset.name).c[field.name], tuple(field.values or ()), False)  # noqa: FBT003 - not ordered by

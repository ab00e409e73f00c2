"""A checked condition as a Python function over one record, an object's attributes or a mapping's keys."""

import operator
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_kit.filtering.conditions import Condition, Every, Found, Nay, Some, Test
from crm_kit.filtering.fields import Field, Fields, FieldType, member
from crm_kit.filtering.freetext import needle, search_text
from crm_kit.filtering.values import DECIMAL, Moment
from crm_kit.sealed_text import is_sealed

Predicate = Callable[[Any, datetime], bool]


class SimpleLower(dict[int, int]):
    """Lower case letter by letter, as PostgreSQL does: no letter becomes two, none depends on its neighbours."""

    def __missing__(self, point: int) -> int:
        lowered = chr(point).lower()
        self[point] = ord(lowered) if len(lowered) == 1 else point
        return self[point]


SIMPLE_LOWER = SimpleLower()
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def lowered(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(SIMPLE_LOWER)


def predicate(condition: Condition, fields: Fields) -> Predicate:
    """Compiled once into closures; called as ``holds(record, now)``."""
    match condition:
        case Every(parts):
            return every([predicate(part, fields) for part in parts])
        case Some(parts):
            return some([predicate(part, fields) for part in parts])
        case Nay(part):
            holds = predicate(part, fields)
            return lambda record, now: not holds(record, now)
        case Found(phrase):
            return found(phrase, fields)
        case Test():
            return tested(condition)


def every(parts: list[Predicate]) -> Predicate:
    def holds(record: Any, now: datetime) -> bool:
        for part in parts:  # noqa: SIM110  # a generator costs more than the tests it runs
            if not part(record, now):
                return False
        return True

    return holds


def some(parts: list[Predicate]) -> Predicate:
    def holds(record: Any, now: datetime) -> bool:
        for part in parts:  # noqa: SIM110  # a generator costs more than the tests it runs
            if part(record, now):
                return True
        return False

    return holds


def found(phrase: str, fields: Fields) -> Predicate:
    sought, reads = needle(phrase), [field.read for field in fields.search if field.blind is None]
    return lambda record, _: sought in search_text(*(read(record) for read in reads))


def tested(test: Test) -> Predicate:  # one per operator
    field, value = test.field, test.value
    if field.blind is not None:
        return recognised(field, test)
    read = present_value(field)
    match test.operator:
        case "present":
            blank = {FieldType.TEXT: "", FieldType.ENUM: ""}.get(field.type)
            if field.multi:
                return lambda record, _: bool(read(record))
            return lambda record, _: (actual := read(record)) is not None and actual != blank
        case "has":
            return lambda record, _: value in (read(record) or ())
        case "contains":
            sought = lowered(value)
            return lambda record, _: (actual := read(record)) is not None and sought in lowered(actual)
        case "like":
            return lambda record, _: (actual := read(record)) is not None and matches(value, actual)
        case "ilike":
            parts = tuple(map(lowered, value))
            return lambda record, _: (actual := read(record)) is not None and matches(parts, lowered(actual))
        case compared:
            return comparison(read, ORDERED[compared], value)


def recognised(field: Field, test: Test) -> Predicate:
    """A sealed value that is not stored yet is compared itself, a stored one by its digest."""
    form, value, name = field.blind, test.value, field.name
    assert form is not None
    if test.operator == "present":
        return lambda record, _: bool(member(record, name))

    def holds(record: Any, _: datetime) -> bool:
        kept = member(record, name) or ""
        return field.read(record) == value if is_sealed(kept) else bool(kept) and form.normal(kept) == value.normal

    return holds


def comparison(read: Callable[[Any], Any], compare: Callable[[Any, Any], bool], value: Any) -> Predicate:
    if isinstance(value, Moment):
        at = value.at
        return lambda record, now: (actual := read(record)) is not None and compare(actual, at(now))
    return lambda record, _: (actual := read(record)) is not None and compare(actual, value)


def matches(parts: tuple[str, ...], text: str) -> bool:
    """The fixed parts occur in order, the first at the beginning and the last at the end."""
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def present_value(field: Field) -> Callable[[Any], Any]:
    """Reads the field's value as its type; records from JSON carry instants, days, ids and amounts as text."""
    read, typed = field.read, TYPED.get(field.type)
    if typed is None:
        return read
    if field.multi:
        return lambda record: [typed(item) for item in read(record) or ()]
    return lambda record: None if (value := read(record)) is None else typed(value)


def _instant(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _number(value: Any) -> Decimal | int | None:
    if isinstance(value, (Decimal, int)):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value) if isinstance(value, str) and DECIMAL.fullmatch(value) else None


def _uuid(value: Any) -> UUID | None:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return None


TYPED: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TIMESTAMP: _instant,
    FieldType.DATE: _day,
    FieldType.DECIMAL: _number,
    FieldType.INTEGER: _number,
    FieldType.UUID: _uuid,
}

"""The condition language of the platform (AIP-160): learned once, used in lists, rules, segments and reports.

One text compiles to SQL and to a Python predicate that agree. ``score >= 60 AND state = (OPEN OR HELD) NOT tags:vip``.
OR binds tighter than AND; a comparison with an absent value is false and its negation true, so ``!=`` includes blanks;
``field:*`` asks whether there is a value; ``name:"acme"`` finds a part of a text in any case, ``name = "Acme*"`` a
beginning; bare words search. Days (``create_time >= 2026-07-01``) are days of the time zone that ``now`` carries.

Functions raise InvalidArgument naming ``argument``, the request's argument that carried the condition, and
FieldUnreadable (a PermissionDenied) when the condition asks about a field in ``unreadable``.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from crm_kit.filtering import parser, sql
from crm_kit.filtering.conditions import Condition, Every, depends_on_now
from crm_kit.filtering.faults import FieldUnreadable, blamed_on
from crm_kit.filtering.fields import Field, Fields, FieldType
from crm_kit.filtering.freetext import grams, search_text, words_of
from crm_kit.filtering.predicate import Predicate
from crm_kit.filtering.predicate import predicate as compiled_predicate
from crm_kit.filtering.resolve import found, resolve
from crm_kit.filtering.syntax import Filter

__all__ = [
    "Field",
    "FieldType",
    "FieldUnreadable",
    "Fields",
    "Filter",
    "Predicate",
    "grams",
    "is_timeless",
    "parse",
    "predicate",
    "search",
    "search_text",
    "to_predicate",
    "to_sql",
    "where",
]

NONE: frozenset[str] = frozenset()
TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)


def parse(text: str, *, argument: str = "filter") -> Filter:
    """The structure of a condition, checked against the grammar only; limits: 2 KB, 20 terms, 32 levels."""
    with blamed_on(argument):
        return parser.parse(text)


def where(
    text: str, fields: Fields, now: datetime, *, unreadable: frozenset[str] = NONE, argument: str = "filter"
) -> sa.ColumnElement[bool] | None:
    """The condition as a WHERE clause; None when the text is blank."""
    with blamed_on(argument):
        condition = _condition(text, fields, unreadable)
        if condition is None:
            return None
        if depends_on_now(condition):
            return sql.clause(condition, fields, now)
        return _timeless_clause(text, fields, unreadable)


def is_timeless(text: str, fields: Fields, *, argument: str = "filter") -> bool:
    """Whether a record fulfils the condition at any time alike: it asks neither for now nor for a day of somebody's zone."""
    with blamed_on(argument):
        condition = _condition(text, fields, NONE)
        return condition is None or not depends_on_now(condition)


def predicate(text: str, fields: Fields, *, unreadable: frozenset[str] = NONE, argument: str = "filter") -> Predicate:
    """The condition as ``holds(record, now) -> bool``; a blank text holds for every record."""
    with blamed_on(argument):
        return _predicate(text, fields, unreadable)


def to_sql(expression: Filter, fields: Fields, now: datetime) -> sa.ColumnElement[bool] | None:
    """As ``where``, for a condition parsed before."""
    return where(expression.text, fields, now)


def to_predicate(expression: Filter, fields: Fields, now: datetime) -> Callable[[Any], bool]:
    """As ``predicate``, for a condition parsed before and one fixed instant."""
    holds = predicate(expression.text, fields)
    return lambda record: holds(record, now)


def search(
    text: str, fields: Fields, *, unreadable: frozenset[str] = NONE, argument: str = "search"
) -> sa.ColumnElement[bool] | None:
    """The ``search`` argument: each of at most 8 words is found in readable fields; None when it is blank."""
    if not text.strip():
        return None
    with blamed_on(argument):
        return _search_clause(text, fields, unreadable)


@lru_cache(maxsize=2048)
def _condition(text: str, fields: Fields, unreadable: frozenset[str]) -> Condition | None:
    root = parser.parse(text).root
    return None if root is None else resolve(root, fields, unreadable)


@lru_cache(maxsize=2048)
def _timeless_clause(text: str, fields: Fields, unreadable: frozenset[str]) -> sa.ColumnElement[bool] | None:
    condition = _condition(text, fields, unreadable)
    return None if condition is None else sql.clause(condition, fields, TIMELESS)


@lru_cache(maxsize=2048)
def _search_clause(text: str, fields: Fields, unreadable: frozenset[str]) -> sa.ColumnElement[bool]:
    words = words_of(text)
    return sql.clause(Every(tuple(found(word, fields, unreadable) for word in words)), fields, TIMELESS)


@lru_cache(maxsize=2048)
def _predicate(text: str, fields: Fields, unreadable: frozenset[str]) -> Predicate:
    condition = _condition(text, fields, unreadable)
    return (lambda *_: True) if condition is None else compiled_predicate(condition, fields)

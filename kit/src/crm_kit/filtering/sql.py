"""A checked condition as a SQLAlchemy expression: values always bound, columns left bare for their indexes."""

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from crm_kit.filtering.conditions import Condition, Every, Found, Nay, Some, Test
from crm_kit.filtering.fields import Field, Fields, FieldType
from crm_kit.filtering.freetext import like_escaped, phrases_clause
from crm_kit.filtering.values import Moment

Clause = sa.ColumnElement[bool]

# Integers are bound as 64 bits: an int4 column then meets a larger number without an error and still uses its index.
BOUND: dict[FieldType, sa.types.TypeEngine[Any]] = {
    FieldType.TEXT: sa.Text(),
    FieldType.ENUM: sa.Text(),
    FieldType.INTEGER: sa.BigInteger(),
    FieldType.DECIMAL: sa.Numeric(),
    FieldType.BOOLEAN: sa.Boolean(),
    FieldType.TIMESTAMP: sa.DateTime(timezone=True),
    FieldType.DATE: sa.Date(),
    FieldType.UUID: sa.Uuid(),
}
# What text inside JSON must look like before it is cast: a cast that fails would fail the whole statement.
CASTABLE: dict[FieldType, tuple[str, str]] = {
    FieldType.INTEGER: ("numeric", r"^-?\d+(\.\d+)?$"),
    FieldType.DECIMAL: ("numeric", r"^-?\d+(\.\d+)?$"),
    FieldType.BOOLEAN: ("boolean", "^(true|false)$"),
    FieldType.TIMESTAMP: ("timestamptz", r"^\d{4}-\d\d-\d\d[Tt ].*([Zz]|[+-]\d\d:\d\d)$"),
    FieldType.DATE: ("date", r"^\d{4}-\d\d-\d\d$"),
    FieldType.UUID: ("uuid", "^[0-9a-fA-F-]{32,36}$"),
}
ORDERED: dict[str, Callable[[Any, Any], Clause]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def clause(condition: Condition, fields: Fields, now: datetime) -> Clause:
    """The expression, true or else false or null: never to be negated but through ``IS NOT TRUE``."""
    match condition:
        case Every(parts):
            return sa.and_(*(clause(part, fields, now) for part in parts))
        case Some(parts):
            return sa.or_(*(clause(part, fields, now) for part in parts))
        case Nay(Test(field, "present")):
            return absent(field)
        case Nay(part):
            return clause(part, fields, now).is_not(sa.true())
        case Found(phrase):
            if fields.search_text is None:
                raise TypeError("a phrase is searched in fields without a search column")
            return phrases_clause([phrase], fields.search_text, fields.search_grams)
        case Test():
            return tested(condition, now)


def tested(test: Test, now: datetime) -> Clause:  # one per operator
    field = test.field
    value = test.value.at(now) if isinstance(test.value, Moment) else test.value
    match test.operator:
        case "present":
            return sa.not_(absent(field))
        case "has":
            return having(field, value)
        case "contains":
            return expression(field).ilike(bound(FieldType.TEXT, f"%{like_escaped(value)}%"))
        case "like":
            return expression(field).like(bound(FieldType.TEXT, "%".join(map(like_escaped, value))))
        case "ilike":
            return expression(field).ilike(bound(FieldType.TEXT, "%".join(map(like_escaped, value))))
        case "=" if field.json_key and field.type in {FieldType.TEXT, FieldType.ENUM, FieldType.BOOLEAN}:
            return json_contains(field, value)
        case "=" if field.blind is not None and not value:
            raise TypeError(f"{field.name} is asked without the digest function of its service")
        case compared:
            left = expression(field)
            if field.type is FieldType.TEXT and compared != "=":
                left = left.collate("C")  # the order every machine and the predicate agree on
            return ORDERED[compared](left, bound(field.type, value))


def bound(kind: FieldType, value: Any) -> sa.BindParameter[Any]:
    return sa.literal(value, BOUND[kind])


def column_of(field: Field) -> sa.ColumnElement[Any]:
    if field.column is None:
        raise TypeError(f"the field {field.name} has no column to filter or order by")
    return field.column


def expression(field: Field) -> sa.ColumnElement[Any]:
    """The typed value of a field: its column, or the guarded cast of its JSON member."""
    column = column_of(field)
    if not field.json_key:
        return column
    text: sa.ColumnElement[str] = sa.type_coerce(column, JSONB())[field.json_key].astext
    if field.type not in CASTABLE:
        return text
    name, shape = CASTABLE[field.type]
    valid = sa.and_(text.regexp_match(shape), sa.func.pg_input_is_valid(text, name))
    stored = BOUND[FieldType.DECIMAL if field.type is FieldType.INTEGER else field.type]
    return sa.case((valid, sa.cast(text, stored)))


def json_contains(field: Field, value: Any) -> Clause:
    return sa.type_coerce(column_of(field), JSONB()).contains(sa.literal({field.json_key: value}, JSONB()))


def having(field: Field, value: Any) -> Clause:
    if field.json_key:
        return json_contains(field, [str(value)])
    element = BOUND[field.type]
    return sa.type_coerce(column_of(field), ARRAY(element)).contains(sa.literal([value], ARRAY(element)))


def absent(field: Field) -> Clause:
    """Null; for text also blank, for an array also empty."""
    column = column_of(field)
    if field.json_key and not field.multi and field.type in CASTABLE:
        return expression(field).is_(None)
    if field.json_key:
        member = sa.type_coerce(column, JSONB())[field.json_key]
        blanks = ["", []] if field.multi else [""]
        return sa.or_(member.astext.is_(None), *(member == sa.literal(blank, JSONB()) for blank in blanks))
    if field.multi:
        return sa.func.coalesce(sa.func.cardinality(column), 0) == 0
    if field.type in {FieldType.TEXT, FieldType.ENUM} and not isinstance(column.type, sa.Enum):
        return sa.or_(column.is_(None), column == "") if field.nullable else column == ""
    return column.is_(None)

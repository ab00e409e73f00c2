"""What a written value means for a field: parsed and checked once, in one place for SQL and for predicates."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_kit.filtering.faults import QueryError, shortened, value_refused
from crm_kit.filtering.fields import Field, FieldType
from crm_kit.filtering.syntax import Argument, Call

INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)
DECIMAL = re.compile(r"-?\d{1,30}(?:\.\d{1,18})?", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", re.ASCII)
INT64 = 2**63
YEARS = range(1000, 9000)
MAX_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Moment:
    """A value that depends on when it is asked; days are those of ``now``'s time zone."""

    at: Callable[[datetime], Any]


@dataclass(frozen=True, slots=True)
class Day:
    """A whole calendar day, compared with an instant as the interval [start, next start) in ``now``'s time zone."""

    on: Callable[[datetime], date]

    def start(self, after: int = 0) -> Moment:
        return Moment(lambda now: start_of(self.on(now) + timedelta(days=after), now.tzinfo))


def start_of(day: date, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time(), zone or UTC)


def value_of(field: Field, argument: Argument) -> Any:
    """The typed value: str, int, Decimal, bool, datetime, date, UUID, or a Moment or Day; else a QueryError."""
    if isinstance(argument, Call):
        return called(field, argument)
    return constant(field, argument.text)


def constant(field: Field, text: str) -> Any:
    return PARSERS[field.type](field, text)


def text_of(value: Any) -> str:
    """The inverse of ``constant``."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _text(_: Field, text: str) -> str:
    return text


def _enum(field: Field, text: str) -> str:
    if text and text not in field.enum:
        listed = shortened(field.enum, ", ")
        raise value_refused(field.name, text, f"use one of {listed}.", f"可用值：{listed}。")
    return text


def _integer(field: Field, text: str) -> int:
    if not INTEGER.fullmatch(text) or not -INT64 <= int(text) < INT64:
        raise value_refused(field.name, text, "write a whole number such as 60.", "请填写整数，例如 60。")
    return int(text)


def _decimal(field: Field, text: str) -> Decimal:
    if not DECIMAL.fullmatch(text):
        raise value_refused(field.name, text, "write a number such as 1234.50.", "请填写数字，例如 1234.50。")
    return Decimal(text)


def _boolean(field: Field, text: str) -> bool:
    if text not in {"true", "false"}:
        raise value_refused(field.name, text, "write true or false.", "请填写 true 或 false。")
    return text == "true"


def _uuid(field: Field, text: str) -> UUID:
    if not UUID_TEXT.fullmatch(text):
        raise value_refused(field.name, text, "write the complete id (a UUID).", "请填写完整的 ID（UUID）。")
    return UUID(text)


def _date(field: Field, text: str) -> date:
    try:
        if DATE.fullmatch(text) and int(text[:4]) in YEARS:
            return date.fromisoformat(text)
    except ValueError:
        pass  # the 31st of February is refused like any other text
    raise value_refused(field.name, text, "write a date such as 2026-07-01.", "请填写日期，例如 2026-07-01。")


def _timestamp(field: Field, text: str) -> datetime | Day:
    try:
        if DATE.fullmatch(text):
            day = _date(field, text)
            return Day(lambda _: day)
        if INSTANT.fullmatch(text) and int(text[:4]) in YEARS:
            return datetime.fromisoformat(text.upper())
    except (ValueError, QueryError):
        pass  # the 25th hour is refused like any other text
    raise value_refused(
        field.name,
        text,
        "write an instant with its zone such as 2026-07-01T09:00:00+08:00, or a date.",
        "请填写带时区的时间，例如 2026-07-01T09:00:00+08:00，或日期。",
    )


PARSERS: dict[FieldType, Callable[[Field, str], Any]] = {
    FieldType.TEXT: _text,
    FieldType.ENUM: _enum,
    FieldType.INTEGER: _integer,
    FieldType.DECIMAL: _decimal,
    FieldType.BOOLEAN: _boolean,
    FieldType.UUID: _uuid,
    FieldType.DATE: _date,
    FieldType.TIMESTAMP: _timestamp,
}


def called(field: Field, call: Call) -> Moment | Day:
    """``now()`` and ``days_ago(n)`` are instants n · 24 h back, ``today()`` is a day; on a date field all are days."""
    days = moment_days(call)
    if field.type is FieldType.DATE:
        return Moment(lambda now: now.date() - timedelta(days=days))
    if field.type is not FieldType.TIMESTAMP:
        raise value_refused(field.name, f"{call.name}()", "the field holds no time.", "该字段不是时间。")
    if call.name == "today":
        return Day(lambda now: now.date())
    return Moment(lambda now: now - timedelta(days=days))


def moment_days(call: Call) -> int:
    written = [argument.text for argument in call.arguments]
    if call.name in {"now", "today"} and not written:
        return 0
    if call.name == "days_ago" and len(written) == 1 and INTEGER.fullmatch(written[0]):
        days = int(written[0])
        if abs(days) <= MAX_DAYS:
            return days
    raise QueryError(
        "FUNCTION_REFUSED",
        f"{call.name}({', '.join(written)}) is not known. Use now(), today() or days_ago(30); at most {MAX_DAYS} days.",
        f"无法识别 {call.name}({', '.join(written)})，可用 now()、today() 或 days_ago(30)，最多 {MAX_DAYS} 天。",
    )

"""Arguments of custom methods as values: what is written wrong is refused by the name of its field."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from crm_kit.errors import InvalidArgument
from crm_kit.fieldtypes import decimal_of

T = TypeVar("T")


def day(field: str, text: str) -> date | None:
    """A day like 2026-11-23; None when blank."""
    return _parsed(field, text, date.fromisoformat, "NOT_A_DATE", "a day like 2026-11-23", "形如 2026-11-23 的日期")


def reference(field: str, text: str) -> UUID | None:
    """The id of another record; None when blank."""
    return _parsed(field, text, UUID, "NOT_A_UUID", "a UUID", "一个 UUID")


def amount(field: str, text: str) -> Decimal | None:
    """Decimal text; None when blank."""
    return _parsed(field, text, decimal_of, "NOT_A_NUMBER", "a decimal number like 1234.50", "形如 1234.50 的数字")


def required(field: str, value: T | None) -> T:
    """The value, which may not be blank."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise InvalidArgument.of(field, "REQUIRED", f"Give a value for {field}.", f"请填写 {field}。")
    return value


def _parsed(field: str, text: str, parse: Callable[[str], T], reason: str, en: str, zh: str) -> T | None:
    text = text.strip()
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidArgument.of(field, reason, f"{text[:60]!r} is not {en}.", f"“{text[:60]}”不是{zh}。") from error

"""Keyset paging: a page costs the same at any depth, and a page token belongs to the query that gave it.

Nulls come last in both directions. The id ends every order, so that the order is total and no row is lost or repeated.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, reduce
from hashlib import blake2b
from typing import Any

import orjson
import sqlalchemy as sa

from crm_kit.errors import InvalidArgument
from crm_kit.filtering.faults import QueryError, blamed_on, shortened, value_refused
from crm_kit.filtering.fields import Field, Fields, FieldType
from crm_kit.filtering.sql import BOUND, expression
from crm_kit.filtering.values import constant, text_of

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
MAX_KEYS = 5
MAX_TOKEN = 16_384
TIE_BREAK = "id"
PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """One column of an order."""

    field: Field
    descending: bool

    @property
    def column(self) -> sa.ColumnElement[Any]:
        return expression(self.field)

    @property
    def ordering(self) -> sa.ColumnElement[Any]:
        if not self.descending:
            return self.column.asc()
        # A column that is never null keeps the plain form, because only that matches an index made by plain DESC.
        return self.column.desc().nulls_last() if self.field.nullable else self.column.desc()

    def bind(self, value: Any) -> sa.ColumnElement[Any]:
        return sa.literal(value, BOUND[self.field.type])

    def equals(self, value: Any) -> sa.ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == self.bind(value)

    def follows(self, value: Any) -> sa.ColumnElement[bool] | None:
        """Strictly later in the order than the value; None when nothing is."""
        if value is None:
            return None
        later = self.column < self.bind(value) if self.descending else self.column > self.bind(value)
        return sa.or_(later, self.column.is_(None)) if self.field.nullable else later


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page of a query: put ``order_by``, ``after`` and ``limit`` on the statement and select ``columns`` too."""

    keys: tuple[Key, ...]
    size: int
    after: sa.ColumnElement[bool] | None
    fingerprint: str

    @property
    def order_by(self) -> tuple[sa.ColumnElement[Any], ...]:
        return tuple(key.ordering for key in self.keys)

    @property
    def columns(self) -> tuple[sa.ColumnElement[Any], ...]:
        """What to select for ``token_for``, in the order it takes them; labelled ``order_0``, ``order_1`` …"""
        return tuple(key.column.label(f"order_{at}") for at, key in enumerate(self.keys))

    @property
    def limit(self) -> int:
        """One row more than the page holds: the extra row only tells that there is a next page."""
        return self.size + 1

    def token_for(self, values: Sequence[Any]) -> str:
        """The token of the page after the row with these values of ``columns``, the last row shown."""
        texts = [None if value is None else text_of(value) for value in values]
        return base64.urlsafe_b64encode(orjson.dumps([self.fingerprint, *texts])).rstrip(b"=").decode()


def query_hash(*parts: str) -> str:
    """What a page token is bound to besides the order: resource, filter, search and parent, always in this order."""
    return blake2b(orjson.dumps(parts), digest_size=9).hexdigest()


def page(
    order_by: str,
    page_size: int,
    page_token: str,
    fields: Fields,
    query_hash: str,
    *,
    unreadable: frozenset[str] = frozenset(),
) -> Page:
    """The page asked for. Size 0 means 50, above 200 means 200; an empty order means newest id first.

    ``query_hash``: from the function of that name; a token works only with the one it was given for.

    Raises InvalidArgument for an unknown or unsortable field, a negative size, and a token that is damaged or belongs
    to another query; FieldUnreadable for an order by a field hidden from the caller.
    """
    if page_size < 0:
        raise InvalidArgument.of(
            "page_size",
            "PAGE_SIZE_NEGATIVE",
            f"Ask for 1 to {MAX_PAGE_SIZE} records, or leave it out for {DEFAULT_PAGE_SIZE}.",
            f"请填写 1 到 {MAX_PAGE_SIZE}，或留空使用 {DEFAULT_PAGE_SIZE}。",
        )
    with blamed_on("order_by"):
        keys = keys_of(order_by, fields)
    fields.refuse_unreadable([key.field.name for key in keys], unreadable)
    order = ",".join(f"{key.field.name} {key.descending:d}" for key in keys)
    fingerprint = blake2b(f"{query_hash}|{order}".encode(), digest_size=9).hexdigest()
    after = None
    if page_token:
        with blamed_on("page_token"):
            after = later_than(keys, values_in(page_token, keys, fingerprint))
    return Page(keys, min(page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE), after, fingerprint)


@lru_cache(maxsize=1024)
def keys_of(order_by: str, fields: Fields) -> tuple[Key, ...]:
    """``score desc, create_time`` as keys; the id is appended in the direction of the last key."""
    keys: list[Key] = []
    for part in order_by.split(",") if order_by.strip() else ():
        words = part.split()
        if len(words) not in {1, 2} or (len(words) == 2 and words[1] not in {"asc", "desc"}):
            raise QueryError(
                "ORDER_SYNTAX",
                f'"{part.strip()}" is no order. Write fields separated by commas, such as "score desc, create_time".',
                f'"{part.strip()}" 不是有效的排序，请用逗号分隔字段，例如 "score desc, create_time"。',
            )
        keys.append(Key(sortable(words[0], fields), words[1:] == ["desc"]))
    names = [key.field.name for key in keys]
    if len(names) > MAX_KEYS or len(set(names)) < len(names):
        raise QueryError(
            "ORDER_REFUSED",
            f"Order by at most {MAX_KEYS} different fields.",
            f"最多按 {MAX_KEYS} 个不同的字段排序。",
        )
    if TIE_BREAK in names:
        return tuple(keys[: names.index(TIE_BREAK) + 1])
    return (*keys, Key(fields[TIE_BREAK], keys[-1].descending if keys else True))


def sortable(name: str, fields: Fields) -> Field:
    field = fields.named(name)
    if field.multi or not field.sortable:
        names = sorted(known.name for known in fields.values() if known.sortable and not known.multi)
        raise QueryError(
            "ORDER_REFUSED",
            f"{name} has no order. Use one of: {shortened(names, ', ')}.",
            f"{name} 不能用于排序，可用字段：{shortened(names, '、')}。",
        )
    # JSON knows no integers: what was declared as one may have a fraction, and the token must carry it.
    return replace(field, type=FieldType.DECIMAL) if field.json_key and field.type is FieldType.INTEGER else field


def values_in(token: str, keys: tuple[Key, ...], fingerprint: str) -> list[Any]:
    damaged = QueryError(
        "PAGE_TOKEN_DAMAGED",
        "This is no page token. Send next_page_token unchanged, or start at the first page.",
        "这不是有效的分页标记，请原样传回 next_page_token，或从第一页开始。",
    )
    if len(token) > MAX_TOKEN:
        raise damaged
    try:
        content = orjson.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise damaged from None
    if not isinstance(content, list) or not content:
        raise damaged
    given, *texts = content
    if given != fingerprint:
        raise QueryError(
            "PAGE_TOKEN_OF_ANOTHER_QUERY",
            "The filter, search or order changed since this token was given. Start at the first page.",
            "筛选、搜索或排序已改变，请从第一页开始。",
        )
    if len(texts) != len(keys) or not all(text is None or isinstance(text, str) for text in texts):
        raise damaged
    try:
        return [value_in(text, key) for text, key in zip(texts, keys, strict=True)]
    except QueryError:
        raise damaged from None


def value_in(text: str | None, key: Key) -> Any:
    if text is None:
        return None
    if key.field.type in {FieldType.TEXT, FieldType.ENUM}:
        # A name may have left the enum since; a NUL is in no stored text and would fail the statement.
        return text.replace("\0", "")
    decode = DECODED.get(key.field.type)
    try:
        return decode(text) if decode else constant(key.field, text)
    except (ValueError, OverflowError):
        raise value_refused(key.field.name, text, "send the token unchanged.", "请原样传回分页标记。") from None


def decimal_in(text: str) -> Decimal:
    if not PLAIN_NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


# Stored values may lie beyond what a condition may say, and still must come back from a token.
DECODED: dict[FieldType, Callable[[str], Any]] = {
    FieldType.DECIMAL: decimal_in,
    FieldType.DATE: date.fromisoformat,
    FieldType.TIMESTAMP: lambda text: datetime.fromisoformat(text).astimezone(UTC),
}


def later_than(keys: tuple[Key, ...], values: list[Any]) -> sa.ColumnElement[bool]:
    """The rows after the row with these values, in the order of the keys."""
    pairs = list(zip(keys, values, strict=True))
    if not any(key.field.nullable for key in keys) and len({key.descending for key in keys}) == 1:
        # PostgreSQL walks a btree from exactly this place only when the condition is one row comparison.
        row = sa.tuple_(*(key.column for key in keys))
        last = sa.tuple_(*(key.bind(value) for key, value in pairs))
        return row < last if keys[0].descending else row > last
    later: list[sa.ColumnElement[bool]] = []
    equal: list[sa.ColumnElement[bool]] = []
    for key, value in pairs:
        follows = key.follows(value)
        if follows is not None:
            later.append(sa.and_(*equal, follows))
        equal.append(key.equals(value))
    any_of = reduce(sa.or_, later) if later else sa.false()
    return sa.and_(first_bound(*pairs[0]), any_of)


def first_bound(key: Key, value: Any) -> sa.ColumnElement[bool]:
    """Implied by the rest, but alone it lets an index on the first key start near the place."""
    if value is None:
        return key.column.is_(None)
    bounded = key.column <= key.bind(value) if key.descending else key.column >= key.bind(value)
    return sa.or_(bounded, key.column.is_(None)) if key.field.nullable else bounded

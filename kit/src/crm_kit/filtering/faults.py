"""What can be wrong with a condition, said with its place and what to do, in English and in Chinese."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from crm_kit.errors import InvalidArgument, PermissionDenied, Violation

SHOWN = 12


class FieldUnreadable(PermissionDenied):
    """A field the caller may not read may not be filtered by, else values leak by bisection. Facts: field."""

    en = "You may not filter, search or order by {field}: its value is hidden from you."
    zh = "您无权查看字段 {field}，因此不能按它筛选、搜索或排序。"


class QueryError(Exception):
    """A refused condition before it is known which argument of the request carried it."""

    def __init__(self, reason: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.reason, self.en, self.zh = reason, en, zh


@contextmanager
def blamed_on(argument: str) -> Iterator[None]:
    """Turns a fault inside the block into InvalidArgument naming the argument that carried the condition."""
    try:
        yield
    except QueryError as fault:
        raise InvalidArgument([Violation(argument, fault.reason, fault.en, fault.zh)]) from None


def syntax(position: int, en: str, zh: str) -> QueryError:
    return QueryError("FILTER_SYNTAX", f"At character {position + 1}: {en}", f"第 {position + 1} 个字符处：{zh}")


def unknown_field(name: str, names: Iterable[str]) -> QueryError:
    known = sorted(names)
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return QueryError(
            "FIELD_UNKNOWN",
            f"There is no field {name}. Did you mean {', '.join(near)}?",
            f"没有字段 {name}，您是否想用 {'、'.join(near)}？",
        )
    return QueryError(
        "FIELD_UNKNOWN",
        f"There is no field {name}. Use one of: {shortened(known, ', ')}.",
        f"没有字段 {name}，可用字段：{shortened(known, '、')}。",
    )


def comparator_refused(name: str, comparator: str, en: str, zh: str) -> QueryError:
    return QueryError(
        "COMPARATOR_REFUSED",
        f"{name} cannot be compared by {comparator}: {en}",
        f"{name} 不能用 {comparator} 比较：{zh}",
    )


def value_refused(name: str, value: str, en: str, zh: str) -> QueryError:
    value = value if len(value) <= 40 else value[:40] + "…"
    return QueryError("VALUE_REFUSED", f'"{value}" does not fit {name}: {en}', f'"{value}" 不适用于 {name}：{zh}')


def shortened(values: Iterable[str], mark: str) -> str:
    listed = list(values)
    return mark.join(listed[:SHOWN]) + (f"{mark}… ({len(listed)})" if len(listed) > SHOWN else "")

"""The checked condition: fields found, values typed. Both compilers read only this, so that they cannot disagree on
what a filter means, only on how to compute it.

Logic has two values: a comparison with an absent value is false, its negation is true.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from crm_kit.filtering.fields import Field
from crm_kit.filtering.values import Moment

Operator = Literal["=", "<", "<=", ">", ">=", "present", "contains", "like", "ilike", "has"]


@dataclass(frozen=True, slots=True)
class Test:
    """One question about one field. ``value``: typed; for like and ilike the fixed parts between the wildcards."""

    field: Field
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase is found in the searched fields; ``phrase`` is folded."""

    phrase: str


@dataclass(frozen=True, slots=True)
class Nay:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Condition", ...]


Condition = Test | Found | Nay | Every | Some


def leaves(condition: Condition) -> Iterator[Test | Found]:
    match condition:
        case Nay(part):
            yield from leaves(part)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from leaves(part)
        case leaf:
            yield leaf


def depends_on_now(condition: Condition) -> bool:
    return any(isinstance(leaf, Test) and isinstance(leaf.value, Moment) for leaf in leaves(condition))

"""By what a sealed value is still recognised: a keyed digest of its normal form, useless without the key.

A column ``phone`` that is sealed has a column ``phone_index`` with the digest of the whole value, for ``phone = "…"``.
The gram column of the record holds digests of the forms people search by, so that a whole number or address finds it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

MARK = "#"
"""What a digest in a gram column begins with; no gram of a text does."""
_BYTES = 16
_DIGEST = re.compile(f"{MARK}[A-Za-z0-9_-]{{22}}")

Mark = Callable[[str], str]


def _same(text: str) -> str:
    return text


def _whole(text: str) -> Sequence[str]:
    return (text,)


@dataclass(frozen=True, slots=True)
class Form:
    """How values of one kind are recognised.

    ``normal``: the form that is equal for equal values, of a stored value as of what somebody types. ``marks``: the
    forms of a stored value by which it is searched. ``sought``: those a searched word may mean, none when it is no such
    value.
    """

    kind: str
    normal: Callable[[str], str] = _same
    marks: Callable[[str], Sequence[str]] = _whole
    sought: Callable[[str], Sequence[str]] = _whole


class Digest(str):
    """The digest of a value a condition asks for; ``normal`` is compared with records that are not stored yet."""

    normal: str

    def __new__(cls, text: str, normal: str) -> Self:
        made = super().__new__(cls, text)
        made.normal = normal
        return made


def digested_keys(mark: Mark, kinds: Collection[str], keys: Iterable[str]) -> list[str]:
    """Keys ``<kind>:<value>``, those of these kinds with the digest in place of the value; done twice it is done once."""
    found = []
    for key in keys:
        kind, _, value = key.partition(":")
        keeps = kind not in kinds or _DIGEST.fullmatch(value)
        found.append(key if keeps else f"{kind}:{MARK}{mark(f'key~{key}')}")
    return found


def marker(key: bytes) -> Mark:
    """The digest function of one key: text → 22 characters."""

    def mark(text: str) -> str:
        digest = hmac.digest(key, text.encode(), hashlib.sha256)[:_BYTES]
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    return mark


def index_of(mark: Mark, form: Form, value: str) -> str:
    """What the index column of a value holds; blank for a blank one."""
    return mark(f"{form.kind}={form.normal(value)}") if value else ""


def marks_of(mark: Mark, form: Form, value: str) -> set[str]:
    """What the gram column holds of a value."""
    return {MARK + mark(f"{form.kind}~{each}") for each in form.marks(value)} if value else set()


def sought_marks(mark: Mark, form: Form, word: str) -> list[str]:
    """What the gram column of a record holds when the word is one of its values."""
    return [MARK + mark(f"{form.kind}~{each}") for each in form.sought(word)]

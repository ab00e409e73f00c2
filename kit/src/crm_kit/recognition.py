"""How numbers, addresses and handles are recognised although they are kept sealed, and what of them is kept in plain.

In plain are the last four digits of a number and the domain of an address: enough for people to search by, too little to
reach anybody. A service brings the normal form of a number, because that is a rule of its own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from crm_kit.blind_index import Form
from crm_kit.filtering.freetext import fold
from crm_kit.sealed_text import is_sealed

LAST_DIGITS = 4
TAILS = (8, 7)
"""A number is also found without its area code."""
FEWEST_DIGITS = 7
_WRITTEN_AS_NUMBER = re.compile(r"[+(]?[\d\s\-().]+", re.ASCII)
_WHOLE_NUMBER = re.compile(r"\+\d{7,15}", re.ASCII)
_HANDLE = re.compile(r"[\w.@+-]{4,64}", re.ASCII)


class StillSealed(AssertionError):
    """A programming error: a rule looked into a sealed value; ``await tx.reveal(record)`` first."""


def plain(value: str) -> str:
    """The value, which must be open."""
    if is_sealed(value):
        raise StillSealed
    return value


def hints(values: Iterable[str]) -> Iterator[str]:
    """What search columns hold of numbers and addresses."""
    for value in map(plain, values):
        local, at, domain = value.rpartition("@")
        digits = _digits(value)
        if at and local:
            yield domain
        elif len(digits) >= FEWEST_DIGITS:
            yield digits[-LAST_DIGITS:]


def numbers(stored_form: Callable[[str], str]) -> Form:
    """Telephone numbers; ``stored_form`` gives what is stored of a number as somebody types it, ``+…`` once valid."""

    def normal(value: str) -> str:
        number = value.partition(";")[0]
        # What is stored was parsed when it came; parsing it again would cost more than sealing it.
        return number if _WHOLE_NUMBER.fullmatch(number) else stored_form(value).partition(";")[0]

    def marks(value: str) -> Sequence[str]:
        digits = _digits(value)
        return [normal(value), *(digits[-tail:] for tail in TAILS if len(digits) >= tail)]

    def sought(word: str) -> Sequence[str]:
        digits = _digits(word)
        if len(digits) < FEWEST_DIGITS or not _WRITTEN_AS_NUMBER.fullmatch(word):
            return ()
        whole = normal(word)
        return (whole,) if whole.startswith("+") else (digits[-next(n for n in TAILS if len(digits) >= n) :],)

    return Form("phone", normal, marks, sought)


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value.partition(";")[0])


def _whole(value: str) -> Sequence[str]:
    return (fold(value),)


def _address_sought(word: str) -> Sequence[str]:
    return _whole(word) if "@" in word else ()


def _handle_sought(word: str) -> Sequence[str]:
    return _whole(word) if _HANDLE.fullmatch(word) else ()


ADDRESSES = Form("email", fold, _whole, _address_sought)
"""E-mail addresses, whatever their case."""
HANDLES = Form("handle", fold, _whole, _handle_sought)
"""Names in messengers."""

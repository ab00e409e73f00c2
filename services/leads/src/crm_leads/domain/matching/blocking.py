"""Which records are worth comparing: keys that likely repeats share, and the pairs that share a selective one."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from crm_leads.domain.matching.addresses import street
from crm_leads.domain.matching.organisations import company_key, company_words, own_domain
from crm_leads.domain.matching.person_names import fold, heard, person_name
from crm_leads.domain.matching.record import MatchRecord, phone_tail, postal_area
from crm_leads.domain.matching.table import Ints

REACHING = ("o", "p", "e", "l")
"""Kinds of keys by which somebody could be reached; they are stored as digests."""
SHORTEST_EMAIL = 7
SHORTEST_NAME = 6
SHORTEST_WORD = 4
COMPANY_PREFIX = 6
COMPANY_PREFIX_HAN = 4
LONG_LOCAL_PART = 5


def block_keys(record: MatchRecord) -> list[str]:
    """Keys under which a record is found, to be stored as text[] with a GIN index.

    A key held by more than the rule set's `block_cap` records is not selective and yields nothing: look each key up with
    `limit block_cap + 1` and drop the full ones.
    """
    return list(dict.fromkeys(_keys(record)))


def _keys(record: MatchRecord) -> Iterator[str]:
    if record.open_id:
        yield f"o:{record.open_id}"
    if record.credit_code:
        yield f"u:{record.credit_code}"
    for phone in record.phones:
        if tail := phone_tail(phone):
            yield f"p:{tail}"
    for email in record.emails:
        yield from _email_keys(email)
    yield from _person_keys(record)
    yield from _organisation_keys(record)
    yield from _address_keys(record)


def _email_keys(email: str) -> Iterator[str]:
    if len(email) < SHORTEST_EMAIL:
        return
    yield f"e:{email}"
    local, _, _ = email.partition("@")
    if len(local) >= LONG_LOCAL_PART:
        yield f"l:{local}"
    if host := own_domain(email):
        yield f"m:{host}"


def _person_keys(record: MatchRecord) -> Iterator[str]:
    name = person_name(record.name)
    sounds = heard(name)
    if len(sounds) == 2 and len(name.given + name.family) >= SHORTEST_NAME:
        yield f"n:{sounds[0]}{sounds[1]}"
    # The family name alone, or whatever else may be one; a common one fills its block and is dropped.
    for word in (*name.middle, name.family or name.given):
        if len(word) >= SHORTEST_WORD:
            yield f"f:{word}"
    for near in _near(record):
        yield from (f"{near}{word}" for word in sounds)
    if record.birth_date:
        yield f"d:{record.birth_date}"
    if record.postal_code:
        yield f"z:{record.postal_code.replace(' ', '').lower()}"


def _near(record: MatchRecord) -> Iterator[str]:
    """What makes a like-sounding name selective: year of birth, place, occupation."""
    if record.birth_date:
        yield f"y:{record.birth_date[:4]}"
    if place := fold(record.city) or fold(record.birth_place):
        yield f"w:{place[:6]}"
    if record.postal_code:
        yield f"q:{postal_area(record.postal_code)}"
    if record.occupation:
        yield f"j:{fold(record.occupation)}"


def _organisation_keys(record: MatchRecord) -> Iterator[str]:
    key = company_key(record.company) if record.company else ""
    if not key:
        return
    prefix = key[: COMPANY_PREFIX if key.isascii() else COMPANY_PREFIX_HAN]
    yield f"c:{key[:24]}"
    for where in (fold(record.city)[:6], record.postal_code[:5].lower()):
        if where:
            yield f"k:{prefix}|{where}"
    # Longer words are rarer; pairs of Chinese characters are all of one length.
    rare = sorted(company_words(record.company), key=len)[-2:] if key.isascii() else []
    if len(rare) == 2:
        yield f"r:{'|'.join(sorted(rare))}"


def _address_keys(record: MatchRecord) -> Iterator[str]:
    where = street(record.address) if record.address else None
    if where and where.number and where.name:
        yield f"a:{where.number}|{where.name[:4]}"
        if record.postal_code:
            yield f"h:{where.number}|{record.postal_code[:5].lower()}"


def candidate_pairs(keys: Sequence[Sequence[str]], cap: int, new: int | None = None) -> tuple[Ints, Ints]:
    """Row numbers `left < right` of every pair that shares a key, each once; keys of more than `cap` rows yield nothing.

    `new`: only pairs with one of the first so many rows; whether the others repeat each other is not asked.
    """
    known: dict[str, int] = {}
    codes = np.array([known.setdefault(key, len(known)) for row in keys for key in row], np.int32)
    rows = np.repeat(np.arange(len(keys), dtype=np.int64), [len(row) for row in keys])
    order = np.lexsort((rows, codes))
    codes, rows = codes[order], rows[order]
    sizes = np.bincount(codes, minlength=len(known))
    starts = np.cumsum(sizes) - sizes
    # Rows of a block ascend, so its new ones come first.
    fresh = sizes if new is None else np.bincount(codes[rows < new], minlength=len(known))
    worth = np.flatnonzero((sizes > 1) & (sizes <= cap) & (fresh > 0))
    shapes, shape_of = np.unique(np.stack([sizes[worth], fresh[worth]]), axis=1, return_inverse=True)
    found: list[NDArray[np.int64]] = []
    for shape, (size, first_rows) in enumerate(shapes.T.tolist()):
        blocks = rows[starts[worth[shape_of == shape]][:, None] + np.arange(size)]
        first, second = np.triu_indices(size, 1)
        wanted = first < first_rows
        found.append((blocks[:, first[wanted]] * len(keys) + blocks[:, second[wanted]]).ravel())
    pairs = _distinct(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return (pairs // max(len(keys), 1)).astype(np.int32), (pairs % max(len(keys), 1)).astype(np.int32)


def _distinct(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    # np.unique hashes; sorting in place is faster here and needs half the memory.
    pairs.sort()
    first = np.ones(len(pairs), bool)
    first[1:] = pairs[1:] != pairs[:-1]
    return pairs[first]

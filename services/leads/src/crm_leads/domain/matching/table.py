"""Records as coded columns, so that a million pairs compare with the code that compares one submission."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crm_leads.domain.matching.person_names import PersonName, formal_names, person_name
from crm_leads.domain.matching.record import MULTIPLE, SINGLE, MatchRecord, worded_email

Ints: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float32]
Bools: TypeAlias = NDArray[np.bool_]
BLANK = -1
NO_NAME = PersonName()
SMALLEST_POPULATION = 1000
"""Fewer records than this are no sample: they are judged as part of an ordinary table."""


@dataclass(frozen=True)
class Frequencies:
    """How often values occur among all records: `total` of them, `counts[attribute][value]`.

    A value that was not counted is taken to occur `assumed[attribute]` times, or once.
    `given` counts the words of names, given or family. A whole file counts for itself. For one submission the caller
    keeps a snapshot of the table, taken with `of` and the rule set's `counted`.
    """

    total: int = SMALLEST_POPULATION
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    assumed: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, table: "MatchTable", attributes: Iterable[str], total: int = 0) -> "Frequencies":
        """Snapshot of a table or of a sample of `total` records: the values that occur more than once in it.

        Too small a sample says nothing about what is common; `ORDINARY` is then the better guess.
        """
        if table.size < SMALLEST_POPULATION:
            return ORDINARY
        times = max(total, table.size) / table.size
        counts = {}
        for name in attributes:
            column = table.column(name)
            seen = np.bincount(table.all_codes(name), minlength=len(column.values))
            counts[name] = {column.values[at]: round(seen[at] * times) for at in np.flatnonzero(seen > 1).tolist()}
        return cls(max(total, table.size), counts)


ORDINARY = Frequencies(
    total=100_000,
    assumed={
        # A name word as common as 王 or Smith: without counts every name could be one of these.
        "given": 5_000,
        "middle_names": 5_000,
        "city": 10_000,
        "birth_place": 10_000,
        "occupation": 5_000,
        "postal_area": 1_000,
        "postal_code": 100,
        "company_words": 500,
        "domains": 50,
        "email_locals": 20,
        "birth_date": 5,
        "company": 5,
        "house_and_street": 5,
    },
)
"""What a table of leads looks like before anybody has counted it: deliberately common values, so as to err to strangers."""


@dataclass(frozen=True)
class Column:
    """One attribute: `codes` index `values`, BLANK where unknown; two-dimensional for attributes with several values."""

    codes: Ints
    values: Sequence[str]
    rarity: Floats

    @cached_property
    def texts(self) -> NDArray[np.object_]:
        """Values as an object array, to gather by code."""
        texts = np.empty(len(self.values), dtype=object)
        texts[:] = self.values
        return texts

    @cached_property
    def formal(self) -> Ints:
        """Codes of the formal names each value can stand for, as a padded row per value."""
        known: dict[str, int] = {}
        rows = [[known.setdefault(name, len(known)) for name in formal_names(value)] for value in self.values]
        return _padded(rows)


class MatchTable:
    """Columns of a set of records, each made when a rule first asks for it."""

    def __init__(self, records: Sequence[MatchRecord], frequencies: Frequencies | None = None) -> None:
        """Rarity comes from `frequencies` when given, else from the records themselves when there are enough."""
        self.records = records
        self.size = len(records)
        self.frequencies = frequencies or (ORDINARY if self.size < SMALLEST_POPULATION else None)
        self._columns: dict[str, Column] = {}

    @property
    def population(self) -> int:
        """Number of records that rarity is measured against."""
        return self.frequencies.total if self.frequencies else self.size

    def column(self, name: str) -> Column:
        """The column of an attribute named in `record.py`."""
        if name not in self._columns:
            if name in {"given", "family"}:
                self._name_columns()
            elif name == "email":
                every = self.column("emails")
                worded = np.array([*map(worded_email, every.values), False])  # BLANK, the last, is none
                first = np.ascontiguousarray(every.codes[:, 0])
                self._columns[name] = replace(every, codes=np.where(worded[first], first, np.int32(BLANK)))
            else:
                self._columns[name] = self._single(name) if name in SINGLE else self._multiple(name)
        return self._columns[name]

    def all_codes(self, name: str) -> Ints:
        """Codes of all values of an attribute, one after another; `given` includes the family names."""
        columns = ("given", "family") if name == "given" else (name,)
        codes = np.concatenate([self.column(each).codes.ravel() for each in columns])
        return codes[codes >= 0]

    @cached_property
    def capture_days(self) -> NDArray[np.float64]:
        """Capture instant of each record in days; not a number where unknown, so that no window contains it."""
        times = [record.create_time for record in self.records]
        return np.array([time.timestamp() / 86400 if time else np.nan for time in times], np.float64)

    def _name_columns(self) -> None:
        # Given and family names share their values: people swap them, and a lone word may be either.
        names = [person_name(record.name) if record.name else NO_NAME for record in self.records]
        known: dict[str, int] = {"": BLANK}
        coded = [_codes([getattr(name, part) for name in names], known) for part in ("given", "family")]
        both = self._column("given", np.concatenate(coded), known)
        for name, codes in zip(("given", "family"), coded, strict=True):
            self._columns[name] = replace(both, codes=codes)

    def _single(self, name: str) -> Column:
        known: dict[str, int] = {"": BLANK}
        derive = SINGLE[name]
        return self._column(name, _codes([derive(record) for record in self.records], known), known)

    def _multiple(self, name: str) -> Column:
        known: dict[str, int] = {"": BLANK}
        derive = MULTIPLE[name]
        rows = [[known.setdefault(value, len(known) - 1) for value in derive(record)] for record in self.records]
        return self._column(name, _padded(rows), known)

    def _column(self, name: str, codes: Ints, known: dict[str, int]) -> Column:
        values = list(known)[1:]
        tally = np.bincount(codes[codes >= 0], minlength=len(values))
        if self.frequencies:
            counts, assumed = self.frequencies.counts.get(name, {}), self.frequencies.assumed.get(name, 1)
            known_counts = np.array([counts.get(value, assumed) for value in values], np.int64)
            # What fills a block is common, whatever was counted before: a reception phone shows itself here.
            tally = np.maximum(tally, known_counts)
        rarity = np.log2(self.population / np.maximum(tally, 1)).astype(np.float32)
        return Column(codes, values, np.maximum(rarity, 0))


def _codes(values: Sequence[str], known: dict[str, int]) -> Ints:
    return np.array([known.setdefault(value, len(known) - 1) for value in values], np.int32)


def _padded(rows: Sequence[Sequence[int]]) -> Ints:
    width = max(max(map(len, rows), default=0), 1)
    if width == 1:
        return np.array([row[0] if row else BLANK for row in rows], np.int32).reshape(-1, 1)
    return np.array([[*row, *[BLANK] * (width - len(row))] for row in rows], np.int32).reshape(-1, width)

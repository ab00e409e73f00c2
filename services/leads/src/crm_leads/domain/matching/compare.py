"""How alike two records are in one attribute, for arrays of pairs at a time."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from crm_leads.domain.matching.record import MULTIPLE, SINGLE, MatchRecord
from crm_leads.domain.matching.rules import Level, Method
from crm_leads.domain.matching.table import BLANK, Bools, Column, Floats, Ints, MatchTable

Reached: TypeAlias = tuple[Bools, Floats]
"""For each pair: is the level reached, and how rare is what they share, in bits."""


class Pairs:
    """Rows `left[k]` and `right[k]` of a table, with first and last names turned so that they face each other."""

    def __init__(self, table: MatchTable, left: Ints, right: Ints, submission: MatchRecord | None = None) -> None:
        """Compare rows of one table. A `submission` is the record of every left row, when there is only one."""
        self.table = table
        self.submission = submission
        self.left = left
        self.right = right
        self._faces: dict[str, tuple[Column, Ints, Ints]] = {}
        self._swapped: Bools | None = None

    def silent(self, attribute: str) -> bool:
        """Whether the submission says nothing here, so that no column need be made of the candidates."""
        if self.submission is None:
            return False
        if attribute in MULTIPLE:
            return not MULTIPLE[attribute](self.submission)
        return attribute in SINGLE and not SINGLE[attribute](self.submission)

    def codes(self, attribute: str, at: Bools | None = None) -> tuple[Column, Ints, Ints]:
        """The column and the codes of both sides, for the pairs chosen by `at`."""
        if attribute not in self._faces:
            self._faces[attribute] = self._face(attribute)
        column, left, right = self._faces[attribute]
        return (column, left, right) if at is None else (column, left[at], right[at])

    def _face(self, attribute: str) -> tuple[Column, Ints, Ints]:
        column = self.table.column(attribute)
        left, right = column.codes[self.left], column.codes[self.right]
        if attribute in {"given", "family"}:
            other = self.table.column("family" if attribute == "given" else "given").codes[self.right]
            right = np.where(self.swapped, other, right)
        return column, left, right

    @property
    def swapped(self) -> Bools:
        """Pairs whose names agree better crosswise: `Griffiths Alfie` and `Alfie Griffiths`."""
        if self._swapped is None:
            self._swapped = self._turn()
        return self._swapped

    def _turn(self) -> Bools:
        given, family = self.table.column("given"), self.table.column("family")
        left_given, left_family = given.codes[self.left], family.codes[self.left]
        right_given, right_family = given.codes[self.right], family.codes[self.right]
        straight = _same(left_given, right_given) | _same(left_family, right_family)
        crossed = (_same(left_given, right_family) | _same(left_family, right_given)) & ~straight
        unclear = ~straight & ~crossed & (left_given >= 0) & (right_given >= 0)
        unclear &= (left_family >= 0) | (right_family >= 0)
        if unclear.any():
            here = (left_given[unclear], left_family[unclear])
            there = (right_given[unclear], right_family[unclear])
            along = _likeness(given, here[0], there[0]) + _likeness(given, here[1], there[1])
            across = _likeness(given, here[0], there[1]) + _likeness(given, here[1], there[0])
            # Swapping is the rarer accident: it has to be clearly better.
            crossed[unclear] = across > along + 0.1
        turned: Bools = crossed
        return turned


def _same(left: Ints, right: Ints) -> Bools:
    same: Bools = (left == right) & (left >= 0)
    return same


def _both(left: Ints, right: Ints) -> Bools:
    both: Bools = (left >= 0) & (right >= 0)
    return both


def _in_any_column(flags: Bools) -> Bools:
    return np.asarray(flags.any(axis=1), bool)


def _likeness(column: Column, left: Ints, right: Ints) -> Floats:
    filled = (left >= 0) & (right >= 0)
    found = np.zeros(len(left), np.float32)
    found[filled] = _distances(column, left[filled], right[filled], JaroWinkler.normalized_similarity, 0.0)
    return found


def _distances(column: Column, left: Ints, right: Ints, scorer: Callable[..., float], cutoff: float) -> Floats:
    texts = column.texts
    return np.asarray(
        cpdist(texts[left].tolist(), texts[right].tolist(), scorer=scorer, score_cutoff=cutoff, dtype=np.float32),
        np.float32,
    )


def filled(pairs: Pairs, attribute: str) -> Bools:
    """Pairs in which both sides have a value: blank never equals blank."""
    if pairs.silent(attribute):
        return np.zeros(len(pairs.left), bool)
    _, left, right = pairs.codes(attribute)
    if left.ndim == 1:
        return _both(left, right)
    return _in_any_column(left >= 0) & _in_any_column(right >= 0)


def reached(pairs: Pairs, level: Level, at: Bools) -> Reached:
    """Whether the pairs chosen by `at` reach a level, and the rarity in bits of what they share."""
    return _METHODS[level.method](pairs, level, at)


def _commoner(column: Column, left: Ints, right: Ints, level: Level) -> Floats:
    if not level.rarity or not column.values:
        return np.zeros(len(left), np.float32)
    return np.minimum(column.rarity[left], column.rarity[right])


def _exact(pairs: Pairs, level: Level, at: Bools) -> Reached:
    column, left, right = pairs.codes(level.on, at)
    return _same(left, right), _commoner(column, left, right, level)


def _similar(scorer: Callable[..., float]) -> Callable[[Pairs, Level, Bools], Reached]:
    def compare(pairs: Pairs, level: Level, at: Bools) -> Reached:
        column, left, right = pairs.codes(level.on, at)
        filled_here = (left >= 0) & (right >= 0)
        alike = np.zeros(len(left), np.float32)
        alike[filled_here] = _distances(column, left[filled_here], right[filled_here], scorer, level.at_least)
        return alike >= level.at_least, _commoner(column, left, right, level)

    return compare


def _one_edit(pairs: Pairs, level: Level, at: Bools) -> Reached:
    column, left, right = pairs.codes(level.on, at)
    texts = column.texts
    edits = cpdist(texts[left].tolist(), texts[right].tolist(), scorer=OSA.distance, score_cutoff=1, dtype=np.int32)
    return np.asarray(edits) <= 1, _commoner(column, left, right, level)


def _name_variant(pairs: Pairs, level: Level, at: Bools) -> Reached:
    column, left, right = pairs.codes(level.on, at)
    forms = column.formal
    shared = _in_any_column(_overlap(forms[left], forms[right]))
    return shared & _both(left, right), _commoner(column, left, right, level)


def _initial(pairs: Pairs, level: Level, at: Bools) -> Reached:
    column, left, right = pairs.codes(level.on, at)
    firsts = np.array([ord(value[0]) for value in column.values], np.int32)
    single = np.array([len(value) == 1 for value in column.values], bool)
    agrees = (firsts[left] == firsts[right]) & (single[left] | single[right])
    return agrees, np.zeros(len(left), np.float32)


def _two_parts(pairs: Pairs, level: Level, at: Bools) -> Reached:
    equal = np.zeros(int(at.sum()), np.int8)
    for part in ("birth_year", "birth_month", "birth_day"):
        _, left, right = pairs.codes(part, at)
        equal += _same(left, right)
    column, left, right = pairs.codes(level.on, at)
    return equal >= 2, _commoner(column, left, right, level)


def _overlap(left: Ints, right: Ints) -> Bools:
    """For each value of `left`, whether it is among those of `right` on the same row."""
    found = np.zeros(left.shape, bool)
    for column in range(right.shape[1]):
        found |= left == right[:, column : column + 1]
    found &= left != BLANK
    return found


def _any(pairs: Pairs, level: Level, at: Bools) -> Reached:
    column, left, right = pairs.codes(level.on, at)
    shared = _overlap(left, right)
    return _in_any_column(shared), np.where(shared, column.rarity[left], 0).max(axis=1, initial=0).astype(np.float32)


def _words(pairs: Pairs, level: Level, at: Bools) -> Reached:
    column, left, right = pairs.codes(level.on, at)
    weights = np.append(column.rarity, np.float32(0))  # BLANK, the last, weighs nothing
    shared = np.where(_overlap(left, right), weights[left], 0).sum(axis=1)
    smaller = np.minimum(weights[left].sum(axis=1), weights[right].sum(axis=1))
    return shared >= level.at_least * np.maximum(smaller, 1e-6), shared.astype(np.float32)


_METHODS: dict[Method, Callable[[Pairs, Level, Bools], Reached]] = {
    Method.EXACT: _exact,
    Method.NAME_VARIANT: _name_variant,
    Method.INITIAL: _initial,
    Method.JARO_WINKLER: _similar(JaroWinkler.normalized_similarity),
    Method.EDIT: _similar(OSA.normalized_similarity),
    Method.ONE_EDIT: _one_edit,
    Method.TWO_PARTS: _two_parts,
    Method.WORDS: _words,
    Method.ANY: _any,
}

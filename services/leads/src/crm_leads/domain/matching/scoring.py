"""From evidence to a score between 0 and 1, with the reasons: the same code for one submission and for a whole table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crm_leads.domain.matching.compare import Pairs, filled, reached
from crm_leads.domain.matching.record import MatchRecord
from crm_leads.domain.matching.rules import Band, Rule, RuleSet, Term
from crm_leads.domain.matching.table import ORDINARY, Bools, Floats, Frequencies, Ints, MatchTable

CHUNK = 400_000
AGREES = 1.0
"""Bits from which a term counts as a second, independent piece of evidence."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One term that spoke: for the match when `bits` is positive, against it when negative."""

    field: str
    says: str
    bits: float


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate that may be the same party: `score` 0 to 1, `because` strongest evidence first."""

    id: str
    score: float
    band: Band
    rule: str
    because: tuple[Reason, ...]


@dataclass(frozen=True)
class Scored:
    """Scores of pairs of rows; `bits` are the same as log-odds: 0 is even, 2 is 0.8."""

    left: Ints
    right: Ints
    score: Floats
    bits: Floats


@dataclass(frozen=True)
class _Weighed:
    """Bits per pair and term, which level was reached (-1 differs, -2 blank), and what the rule as a whole says."""

    terms: Floats
    levels: NDArray[np.int8]
    bits: Floats
    score: Floats


BLANK_LEVEL, DIFFERS = -2, -1


def score(
    new: MatchRecord, candidates: Sequence[MatchRecord], rules: RuleSet, frequencies: Frequencies | None = None
) -> list[Match]:
    """Matches of one submission among candidates that share a block key, best first; those in no band are left out."""
    if not candidates:
        return []
    table = MatchTable([new, *candidates], frequencies or ORDINARY)
    right = np.arange(1, table.size, dtype=np.int32)
    pairs = Pairs(table, np.zeros_like(right), right, new)
    return sorted(_matches(pairs, rules, candidates, rules.bands.possible), key=lambda match: -match.score)


def _matches(pairs: Pairs, rules: RuleSet, candidates: Sequence[MatchRecord], at_least: float) -> list[Match]:
    weighed = [(rule, _weigh(pairs, rule, rules)) for rule in rules.system]
    scores = np.minimum(np.array([found.score for _, found in weighed]), _ceiling(pairs, rules))
    winners = scores.argmax(axis=0)
    matches = []
    for row, (rule, found) in enumerate(weighed):
        won = np.flatnonzero((winners == row) & (scores[row] >= at_least))
        for at, value, because in zip(won.tolist(), scores[row][won].tolist(), _reasons(rule, found, won), strict=True):
            matches.append(Match(candidates[at].id, value, rules.bands.of(value), rule.name, because))
    return matches


def score_pairs(table: MatchTable, left: Ints, right: Ints, rules: RuleSet) -> Scored:
    """Scores of many pairs of rows of one table."""
    scores = np.zeros(len(left), np.float32)
    bits = np.full(len(left), -np.inf, np.float32)
    for start in range(0, len(left), CHUNK):
        part = slice(start, start + CHUNK)
        pairs = Pairs(table, left[part], right[part])
        for rule in rules.system:
            weighed = _weigh(pairs, rule, rules)
            scores[part] = np.maximum(scores[part], weighed.score)
            bits[part] = np.maximum(bits[part], weighed.bits)
        scores[part] = np.minimum(scores[part], _ceiling(pairs, rules))
    return Scored(left, right, scores, bits)


def explain(table: MatchTable, left: int, right: int, rules: RuleSet) -> Match:
    """The match of two rows of a table, with its reasons, whatever its band."""
    there = table.records[right]
    pairs = Pairs(table, np.array([left], np.int32), np.array([right], np.int32))
    return _matches(pairs, rules, [there], at_least=0.0)[0]


def _ceiling(pairs: Pairs, rules: RuleSet) -> Floats:
    # Rules of a unit can only make matching stricter: the best of them bounds what the system found.
    if not rules.user:
        return np.ones(len(pairs.left), np.float32)
    ceiling: Floats = np.maximum.reduce([_weigh(pairs, rule, rules).score for rule in rules.user])
    return ceiling


def _weigh(pairs: Pairs, rule: Rule, rules: RuleSet) -> _Weighed:
    terms = np.zeros((len(rule.terms), len(pairs.left)), np.float32)
    levels = np.full(terms.shape, BLANK_LEVEL, np.int8)
    allowed = _guards(pairs, rule)
    for row, term in enumerate(rule.terms):
        _weigh_term(pairs, term, terms[row], levels[row])
        if term.must:
            allowed &= levels[row] >= 0
    bits = terms.sum(axis=0) + np.float32(rule.prior - np.log2(pairs.table.population))
    alone = np.array([_log_odds(rules.bands.ceiling(term.alone)) for term in rule.terms], np.float32)
    unsupported = _kinds(rule, terms) < 2
    bits[unsupported] = np.minimum(bits, alone[terms.argmax(axis=0)])[unsupported]
    bits[~allowed] = -np.inf
    return _Weighed(terms, levels, bits, chance(bits))


def chance(bits: Floats) -> Floats:
    """Score of log-odds in bits: 0 is even, 2 is 0.8."""
    chances: Floats = (1 / (1 + np.exp2(-np.clip(bits, -40, 40)))).astype(np.float32)
    return chances


def _log_odds(score: float) -> float:
    return math.log2(score / (1 - score)) if score < 1 else math.inf


def _weigh_term(pairs: Pairs, term: Term, bits: Floats, levels: NDArray[np.int8]) -> None:
    open_pairs = filled(pairs, term.levels[0].on)
    if not open_pairs.any():
        return
    levels[open_pairs] = DIFFERS
    bits[open_pairs] = term.differ
    for at, level in enumerate(term.levels):
        agrees, rarity = reached(pairs, level, open_pairs)
        hit = np.flatnonzero(open_pairs)[agrees]
        if not len(hit):
            continue
        bits[hit] = np.minimum(level.bits + level.rarity * rarity[agrees], level.most)
        levels[hit] = at
        open_pairs[hit] = False
        if not open_pairs.any():
            return


def _kinds(rule: Rule, terms: Floats) -> Ints:
    rows_of: dict[str, list[int]] = {}
    for row in np.flatnonzero(terms.max(axis=1, initial=0) >= AGREES).tolist():
        rows_of.setdefault(rule.terms[row].kind or rule.terms[row].field, []).append(row)
    spoken = np.zeros(terms.shape[1], np.int32)
    for rows in rows_of.values():
        spoken += terms[rows].max(axis=0) >= AGREES
    return spoken


def _guards(pairs: Pairs, rule: Rule) -> Bools:
    allowed = np.ones(len(pairs.left), bool)
    guards = ((rule.same_unit, "unit_path"), (rule.same_channel, "channel"), (rule.same_campaign, "campaign_id"))
    for wanted, attribute in guards:
        if wanted:
            _, left, right = pairs.codes(attribute)
            allowed &= (left == right) & (left >= 0)
    if rule.window_days is not None:
        days = pairs.table.capture_days
        allowed &= np.abs(days[pairs.left] - days[pairs.right]) <= rule.window_days
    return allowed


def _reasons(rule: Rule, weighed: _Weighed, chosen: NDArray[np.int64]) -> list[tuple[Reason, ...]]:
    says = [(term.field, [*(str(level.method) for level in term.levels), "differs"]) for term in rule.terms]
    found = []
    terms, levels = weighed.terms[:, chosen].T.tolist(), weighed.levels[:, chosen].T.tolist()
    for bits, reached_levels in zip(terms, levels, strict=True):
        order = sorted((row for row, weight in enumerate(bits) if weight), key=lambda row: -abs(bits[row]))
        found.append(
            tuple(Reason(says[row][0], says[row][1][reached_levels[row]], round(bits[row], 1)) for row in order)
        )
    return found

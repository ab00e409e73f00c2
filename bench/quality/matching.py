"""Pair quality of the one default rule set on labelled files, beside what others reach; fails below a reference.

    python bench/quality/matching.py [data set …]

`pairs` are the scores at the band `probable` taken alone; `groups` are what the system acts on: all pairs inside its
groups. Seconds are CPU seconds of the whole file: reading, normalising, block keys, scoring, grouping.
"""

import sys
import time
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from data_sets import DATA_SETS, SHARED, DataSet

from crm_leads.domain.matching import DEFAULT_RULES, Scored, find_groups


@dataclass(frozen=True)
class Quality:
    """Of the pairs found, how many are true, and of the true, how many are found."""

    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the pairs found that are true."""
        return self.right / max(self.found, 1)

    @property
    def recall(self) -> float:
        """Share of the true pairs that are found."""
        return self.right / max(self.true, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(self.found + self.true, 1)


@dataclass(frozen=True)
class Measured:
    """One data set, measured."""

    data_set: DataSet
    pairs: Quality
    groups: Quality
    seconds: float


def pairs_inside(groups: Iterable[Hashable]) -> int:
    """Number of pairs of members of the same group."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def measure(data_set: DataSet) -> Measured:
    """Match the file against itself and compare with its truth."""
    started = time.process_time()
    records, truth = data_set.read()
    result = find_groups(records, DEFAULT_RULES)
    seconds = time.process_time() - started
    true = pairs_inside(truth)
    group_of = result.group_of.tolist()
    groups = Quality(pairs_inside(group_of), pairs_inside(zip(group_of, truth, strict=True)), true)
    return Measured(data_set, _pair_quality(result.scored, truth, true), groups, seconds)


def _pair_quality(scored: Scored, truth: Sequence[str], true: int) -> Quality:
    hits = scored.score >= DEFAULT_RULES.bands.probable
    left, right = scored.left[hits].tolist(), scored.right[hits].tolist()
    return Quality(len(left), sum(truth[a] == truth[b] for a, b in zip(left, right, strict=True)), true)


def main(chosen: Sequence[str]) -> int:
    """Print the table; 1 when a data set is below its reference, 2 when the data is not there."""
    if not SHARED.is_dir():
        print("The labelled files are not here: expected ../shared/data beside the checkout.", file=sys.stderr)
        return 2
    failed = False
    print(
        f"{'data set':<16} {'':<7} {'precision':>9} {'recall':>7} {'F1':>7} {'reference':>9} {'goal':>6} {'CPU s':>6}"
    )
    for data_set in DATA_SETS:
        if chosen and data_set.name not in chosen:
            continue
        measured = measure(data_set)
        failed |= measured.groups.f1 <= data_set.reference
        for kind, quality in (("pairs", measured.pairs), ("groups", measured.groups)):
            row = f"{data_set.name:<16} {kind:<7} {quality.precision:>9.4f} {quality.recall:>7.4f} {quality.f1:>7.4f}"
            print(f"{row} {data_set.reference:>9.3f} {data_set.goal:>6.3f} {measured.seconds:>6.1f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

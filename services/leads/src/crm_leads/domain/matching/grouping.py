"""From pairs to groups of one party, without letting a chain of near repeats tie strangers together."""

import heapq
from collections import defaultdict

import numpy as np

from crm_leads.domain.matching.scoring import Scored
from crm_leads.domain.matching.table import Ints

STRANGERS = -4.0
"""Bits assumed for two records that share no block key: nothing brought them together."""
MOST = 12.0
"""Bits beyond which one link says no more: it must not outvote several that deny."""


def groups(scored: Scored, size: int, threshold: float) -> Ints:
    """Group number of each of `size` records.

    The strongest link joins first. Two groups join only while the mean of the links between all their members still says
    the same as one link at `threshold` would: transitive where the evidence is, closed to chains where it is not.
    """
    needed = float(np.log2(threshold / (1 - threshold)))
    links = _links(scored)
    members = [1] * size
    parent = np.arange(size, dtype=np.int32)
    alive = [True] * size
    queue = [
        (-weight, a, b) for a, near in links.items() for b, (weight, _) in near.items() if a < b and weight >= needed
    ]
    heapq.heapify(queue)
    while queue:
        mean, a, b = heapq.heappop(queue)
        if not (alive[a] and alive[b]) or _mean(links, members, a, b) != -mean:
            continue
        if len(links[a]) < len(links[b]):
            a, b = b, a
        _absorb(links, a, b)
        alive[b], parent[b] = False, a
        members[a] += members[b]
        for other in links[a]:
            weight = _mean(links, members, a, other)
            if weight >= needed:
                heapq.heappush(queue, (-weight, a, other))
    return _roots(parent)


_Links = dict[int, dict[int, tuple[float, int]]]


def _links(scored: Scored) -> _Links:
    # A link that denies as much as no link at all need not be kept.
    kept = scored.bits > STRANGERS
    bits = np.minimum(scored.bits[kept], MOST)
    links: _Links = defaultdict(dict)
    for a, b, weight in zip(scored.left[kept].tolist(), scored.right[kept].tolist(), bits.tolist(), strict=True):
        links[a][b] = links[b][a] = (weight, 1)
    return links


def _mean(links: _Links, members: list[int], a: int, b: int) -> float:
    total, count = links[a][b]
    pairs = members[a] * members[b]
    return (total + STRANGERS * (pairs - count)) / pairs


def _absorb(links: _Links, a: int, b: int) -> None:
    for other, (weight, count) in links.pop(b).items():
        del links[other][b]
        if other == a:
            continue
        known, times = links[a].get(other, (0.0, 0))
        links[a][other] = links[other][a] = (known + weight, times + count)


def _roots(parent: Ints) -> Ints:
    while True:
        above = parent[parent]
        if (above == parent).all():
            return parent
        parent = above

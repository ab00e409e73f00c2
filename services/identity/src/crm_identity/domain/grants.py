"""Permissions, patterns of them, and grants: a pattern with how far it reaches.

``*`` in a pattern stands for any text, dots included: ``leads.*`` matches ``leads.lead.claim``, ``*.get`` every get.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

from crm_kit.principal import Scope

Grants = tuple[tuple[str, Scope], ...]


@lru_cache(maxsize=65_536)
def matches(pattern: str, permission: str) -> bool:
    return fnmatchcase(permission, pattern)


def widest(grants: Iterable[tuple[str, Scope]]) -> Grants:
    """Each pattern once, with the widest of its scopes, by name."""
    found: dict[str, Scope] = {}
    for pattern, scope in grants:
        found[pattern] = max(scope, found.get(pattern, Scope.NONE))
    return tuple(sorted(found.items()))


def scope_of(grants: Grants, permission: str) -> Scope:
    """The widest scope any grant gives for the permission; NONE when no grant does."""
    return max((scope for pattern, scope in grants if matches(pattern, permission)), default=Scope.NONE)


@lru_cache(maxsize=1024)
def cut(grants: Grants, by: Grants) -> Grants:
    """What both allow: the permissions matched on both sides, each with the narrower scope."""
    return widest(
        (common, min(scope, other_scope))
        for pattern, scope in grants
        for other, other_scope in by
        for common in meet(pattern, other)
    )


@lru_cache(maxsize=16_384)
def meet(one: str, other: str) -> frozenset[str]:
    """Patterns that together match exactly what both match: ``leads.*`` and ``*.get`` meet in ``leads.*.get``."""
    found = _meet(one, other)
    return frozenset(item for item in found if not any(item != each and matches(each, item) for each in found))


@lru_cache(maxsize=65_536)
def _meet(one: str, other: str) -> frozenset[str]:
    if not one and not other:
        return frozenset({""})
    if one[:1] == other[:1] == "*":
        # The shorter of the two stars ends first; what follows it faces the rest of the longer one.
        return frozenset(_star(rest) for rest in _meet(one[1:], other) | _meet(one, other[1:]))
    if other[:1] == "*":
        one, other = other, one
    if one[:1] == "*":
        ends = _meet(one[1:], other)
        return ends | frozenset(other[0] + rest for rest in _meet(one, other[1:])) if other else ends
    if one[:1] != other[:1]:
        return frozenset()
    return frozenset(one[0] + rest for rest in _meet(one[1:], other[1:]))


def _star(rest: str) -> str:
    return rest if rest.startswith("*") else "*" + rest

"""The register of promises every resource is held to; each module of rules adds its own."""

from collections.abc import Callable

from crm_kit.testing.conformance import Rule

RULES: dict[Rule, set[str]] = {}
"""Each rule with the standard methods it is about."""


def about(*verbs: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        RULES[rule] = set(verbs)
        return rule

    return register

"""What a person sees and writes of single fields, merged over all the roles the person holds (domain rule 1.3 f).

A role that grants nothing on a resource does not count for its fields. Among those that count: hidden by one is hidden;
else one without a rule for the field shows and opens it; else the most permissive rule decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crm_identity.domain.contract import Contract, Field, matches_field
from crm_identity.domain.grants import Grants

ADMINISTRATOR = "administrator"
HOUSEHOLD = frozenset({"identity", "ops"})
"""Where no rule of another role may stop an administrator from putting things right."""

READS = ("FULL", "MASKED", "HIDDEN")
"""From all to nothing."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What is seen of the fields a pattern matches (``FULL``, ``MASKED``, ``HIDDEN``), and whether they are read-only."""

    field: str
    read: str = "FULL"
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A role as far as rights follow from it."""

    code: str
    grants: Grants = ()
    field_rules: tuple[FieldRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is seen and written of one field."""

    read: str
    read_only: bool

    def within(self, other: "Verdict") -> bool:
        """Whether it shows and opens nothing more than the other."""
        return READS.index(self.read) >= READS.index(other.read) and self.read_only >= other.read_only


OPEN = Verdict("FULL", read_only=False)
HIDDEN = Verdict("HIDDEN", read_only=True)


@lru_cache(maxsize=2048)
def merge(roles: tuple[RoleFacts, ...], contract: Contract) -> tuple[FieldRule, ...]:
    """The rules of a person with these roles. No field is matched by two of them, so their order says nothing."""
    if not any(role.field_rules for role in roles):
        return ()
    counting: dict[str, list[RoleFacts]] = {}
    verdicts: dict[Field, Verdict] = {}
    for field in contract.fields:
        opener = contract.opener_of(field)
        if opener not in counting:
            counting[opener] = [role for role in roles if contract.reaches_into(role.grants, opener)]
        if counting[opener]:
            verdicts[field] = _together(counting[opener], field)
    return _written(verdicts)


def verdict(roles: Sequence[RoleFacts], field: Field, contract: Contract) -> Verdict | None:
    """What these roles together show of a field; None when none of them reaches its resource."""
    counted = [role for role in roles if contract.reaches_into(role.grants, contract.opener_of(field))]
    return _together(counted, field) if counted else None


def _together(counted: Sequence[RoleFacts], field: Field) -> Verdict:
    if field.service in HOUSEHOLD and any(role.code == ADMINISTRATOR for role in counted):
        return OPEN
    found = [_of_role(role, field) for role in counted]
    if HIDDEN in found:
        return HIDDEN
    return Verdict(min((each.read for each in found), key=READS.index), read_only=all(each.read_only for each in found))


def _of_role(role: RoleFacts, field: Field) -> Verdict:
    """One role's word on a field: hiding wins, else the rule that names the field most precisely."""
    rules = [rule for rule in role.field_rules if matches_field(rule.field, field)]
    if not rules:
        return OPEN
    if any(rule.read == "HIDDEN" for rule in rules):
        return HIDDEN
    rule = max(rules, key=_precision)
    return Verdict(rule.read, read_only=rule.read_only)


def _precision(rule: FieldRule) -> tuple[int, int, int]:
    service, resource, name = rule.field.split(".")
    return (0 if name == "*" else 1 if name.startswith("@") else 2, resource != "*", service != "*")


def _written(verdicts: dict[Field, Verdict]) -> tuple[FieldRule, ...]:
    """The verdicts as few patterns, widest first: a pattern stands for all the fields it matches, or is not used."""
    rules: list[FieldRule] = []
    left = dict(verdicts)
    for pattern in _PATTERNS:
        groups: dict[str, list[Field]] = {}
        for field in verdicts:
            if name := pattern(field):
                groups.setdefault(name, []).append(field)
        for name, fields in groups.items():
            found = {left.get(field) for field in fields}
            if len(found) > 1 or found <= {None, OPEN}:
                continue
            one = left[fields[0]]
            rules.append(FieldRule(name, one.read, one.read_only))
            for field in fields:
                del left[field]
    return tuple(sorted(rules, key=lambda rule: rule.field))


_PATTERNS: tuple[Callable[[Field], str], ...] = (
    lambda _: "*.*.*",
    lambda field: field.data_class and f"*.*.@{field.data_class}",
    lambda field: f"{field.service}.*.*",
    lambda field: field.data_class and f"{field.service}.*.@{field.data_class}",
    lambda field: f"{field.resource}.*",
    lambda field: field.data_class and f"{field.resource}.@{field.data_class}",
    lambda field: f"{field.resource}.{field.name}",
)

"""Rules that hide records from people whatever else opens them (限制规则, domain rule 1.3 e)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.field_rules import ADMINISTRATOR
from crm_identity.domain.record import Record
from crm_kit.errors import FailedPrecondition, PermissionDenied, Violation

MOST_ACTIVE = 20
"""Of one resource: each is one more condition in every statement about its records."""
LONGEST_FILTER = 300
"""Bytes; the rules of a caller travel with each of the caller's calls, together within ``MOST_BYTES``."""
MOST_BYTES = 4000
MOST_NAMED = 100


class TooManyRestrictionRules(FailedPrecondition):
    """A resource has all the rules in force it can have. Facts: resource, most."""

    en = "At most {most} restriction rules of {resource} are in force at once. Join some, or switch one off."
    zh = "{resource} 最多同时启用 {most} 条限制规则，请合并或停用部分规则。"


class RestrictionRulesTooLong(FailedPrecondition):
    """All rules in force together would not fit into a statement about a caller. Facts: most."""

    en = "The filters of all restriction rules in force have at most {most} bytes together. Shorten or switch off some."
    zh = "全部启用的限制规则的条件合计最多 {most} 字节，请缩短或停用部分规则。"


class BoundByRestrictionRule(PermissionDenied):
    """Nobody lifts what is withheld from them. Facts: name."""

    en = "The rule {name} applies to you, so another person has to change it."
    zh = "规则 {name} 适用于您本人，须由他人修改。"


class RestrictionRule(Record):
    """``filter``: the records it hides. ``roles`` and ``unit_ids``: whom it applies to; what is empty does not narrow."""

    __tablename__ = "restriction_rule"
    __unscoped__ = "rules are of the whole enterprise; whoever may read them reads all"

    name: Mapped[str] = mapped_column(default="")
    resource: Mapped[str] = mapped_column(default="")
    filter: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[str]] = mapped_column(default_factory=list)
    unit_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    binds_owner: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index(
            "uq_restriction_rule_name", text("lower(name)"), unique=True, postgresql_where=text("delete_time IS NULL")
        ),
        Index("ix_restriction_rule_active", "resource", postgresql_where=text("active AND delete_time IS NULL")),
    )


@dataclass(frozen=True, slots=True)
class RestrictionFacts:
    """A rule in force as far as rights follow from it. ``unit_paths``: of its units, also those they had while they move."""

    id: str
    name: str
    resource: str
    filter: str
    binds_owner: bool = False
    roles: tuple[str, ...] = ()
    anywhere: bool = True
    unit_paths: tuple[str, ...] = ()

    def applies_to(self, posts: Iterable[tuple[str, Sequence[str]]]) -> bool:
        """Whether it restricts somebody with these roles, by unit; the administrator is never restricted."""
        held = list(posts)
        if any(ADMINISTRATOR in roles for _, roles in held):
            return False
        return any(
            (not self.roles or not set(self.roles).isdisjoint(roles))
            and (self.anywhere or any(path.startswith(above) for above in self.unit_paths))
            for path, roles in held
        )


def restriction_facts(rule: Mapping[str, Any], unit_paths: Iterable[str]) -> RestrictionFacts:
    """A rule from its stored columns and the paths of its units."""
    return RestrictionFacts(
        str(rule["id"]),
        rule["name"],
        rule["resource"],
        rule["filter"],
        rule["binds_owner"],
        tuple(rule["roles"]),
        anywhere=not rule["unit_ids"],
        unit_paths=tuple(unit_paths),
    )


def faults(rule: RestrictionRule) -> list[Violation]:
    """What is wrong with whom the rule applies to and with its size, whatever its resource."""
    wrong: list[Violation] = []
    if len(rule.filter.encode()) > LONGEST_FILTER:
        en, zh = f"Use at most {LONGEST_FILTER} bytes.", f"最多 {LONGEST_FILTER} 字节。"
        wrong.append(Violation("filter", "TOO_LONG", en, zh))
    if not rule.roles and not rule.unit_ids:
        en, zh = (
            "Name roles, units or both: a rule for everybody is none.",
            "请填写角色、组织单元或两者：规则须有适用对象。",
        )
        wrong.append(Violation("roles", "REQUIRED", en, zh))
    if ADMINISTRATOR in rule.roles:
        en = "The administrator is never restricted, so that nobody is locked out. Leave the role out."
        zh = "管理员不受限制，以免无人可以管理系统。请去掉该角色。"
        wrong.append(Violation("roles", "ADMINISTRATOR_NEVER_RESTRICTED", en, zh))
    for field, named in (("roles", rule.roles), ("unit_ids", rule.unit_ids)):
        if len(named) > MOST_NAMED:
            wrong.append(Violation(field, "TOO_MANY", f"At most {MOST_NAMED}.", f"最多 {MOST_NAMED} 项。"))
    return wrong

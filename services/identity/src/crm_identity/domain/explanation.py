"""Why somebody may or may not: the same facts that make a caller's rights, told as reasons (权限说明)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from crm_identity.domain.assembly import House, Person, Post
from crm_identity.domain.built_in_roles import EVERYBODY
from crm_identity.domain.contract import Contract
from crm_identity.domain.grants import Grants, cut, matches
from crm_identity.domain.restriction_rule import RestrictionFacts
from crm_kit.principal import READING, Scope

REACH = {
    Scope.OWN: ("their own records", "本人的记录"),
    Scope.UNIT: ("the records of {unit_path}", "{unit_path} 的记录"),
    Scope.SUBTREE: ("the records of {unit_path} and below", "{unit_path} 及下级的记录"),
    Scope.ALL: ("all records", "全部记录"),
}
TEXTS = {
    "role": ("The role {role} grants {pattern}: {reach}.", "角色 {role} 授予 {pattern}：{reach}。"),
    "everybody": ("Everybody has {pattern}: {reach}.", "所有用户都有 {pattern}：{reach}。"),
    "position": (
        "A further position in {unit_path} with the role {role} grants {pattern}: {reach}.",
        "在 {unit_path} 的兼任岗位（角色 {role}）授予 {pattern}：{reach}。",
    ),
    "delegation": (
        "Acting for {delegator}: {pattern}, {reach}, counted as the delegator's.",
        "代 {delegator} 行事：{pattern}，{reach}（以委托人为准）。",
    ),
    "owner": ("The record is theirs; {pattern} reaches it.", "该记录归其所有，{pattern} 可及。"),
    "module_disabled": (
        "The module {source} is switched off: nothing in it can be written.",
        "模块 {source} 已停用：其中内容不能写入。",
    ),
    "user_disabled": ("The user is disabled.", "该用户已停用。"),
    "restriction": (
        "The restriction rule {rule} hides records that fulfil {pattern}, whatever opens them.",
        "限制规则 {rule} 隐藏满足 {pattern} 的记录，任何授权都不能越过。",
    ),
    "no_grant": ("No role, position or delegation grants {permission}.", "没有角色、岗位或委托授予 {permission}。"),
    "out_of_reach": ("What is granted does not reach this record.", "所授予的权限范围不包含该记录。"),
}
"""By kind, in English and Chinese; ``out_of_reach`` and ``everybody`` are shades of ``no_grant`` and ``role``."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against access; the fields are those of the contract's ``AccessReason``."""

    kind: str
    grants: bool
    source: str = ""
    pattern: str = ""
    scope: Scope = Scope.NONE
    unit_path: str = ""
    shade: str = ""
    role: str = ""
    delegator: str = ""
    delegator_id: UUID | None = None
    permission: str = ""
    rule: str = ""

    def text(self, language: str) -> str:
        """The reason in a sentence."""
        at = 1 if language == "zh-CN" else 0
        reach = REACH[self.scope][at].format(unit_path=self.unit_path) if self.scope else ""
        return TEXTS[self.shade or self.kind][at].format(
            role=self.role,
            pattern=self.pattern,
            reach=reach,
            unit_path=self.unit_path,
            delegator=self.delegator,
            source=self.source,
            permission=self.permission,
            rule=self.rule,
        )


@dataclass(frozen=True, slots=True)
class Explained:
    """Whether, how far, and why."""

    permission: str
    allowed: bool
    scope: Scope
    reasons: tuple[Reason, ...]


def explain(person: Person, delegators: Mapping[UUID, Person], house: House, permission: str) -> Explained:
    """The verdict on one permission. What a delegation lends counts, as it can be used at any moment."""
    granting = tuple(_granting(person, delegators, house, permission))
    against = tuple(_against(person, house, permission))
    if not granting:
        return Explained(permission, allowed=False, scope=Scope.NONE, reasons=(*against, _no_grant(permission)))
    allowed = not against
    scope = max(reason.scope for reason in granting) if allowed else Scope.NONE
    return Explained(permission, allowed, scope, (*against, *_restricting(person, house, permission), *granting))


@dataclass(frozen=True, slots=True)
class Hiding:
    """The restriction rules whose filter a record fulfils, by id, of a house whose people lend to each other."""

    rule_ids: Collection[str]
    house: House
    delegators: Mapping[UUID, Person]

    def withholding(self, reason: Reason, person: Person, owner_id: UUID | None) -> list[RestrictionFacts]:
        """The rules that take the record away from whoever has this reason: what is lent bends to both persons' rules."""
        mine = self._of(person)
        if reason.delegator_id is None:
            return [rule for rule in mine if rule.binds_owner or owner_id != person.id]
        lender = self.delegators[reason.delegator_id]
        return [*mine, *(rule for rule in self._of(lender) if rule.binds_owner or owner_id != lender.id)]

    def _of(self, person: Person) -> list[RestrictionFacts]:
        return [rule for rule in self.house.restricting(person) if rule.id in self.rule_ids]


def of_record(
    explained: Explained, person: Person, owner_id: UUID | None, unit_path: str, hiding: Hiding | None = None
) -> Explained:
    """The same verdict for one record: what does not reach it, or is taken away by a rule, speaks for nothing."""
    reaching = [
        found
        for reason in explained.reasons
        if reason.grants and (found := _reaching(reason, person, owner_id, unit_path)) is not None
    ]
    against = [reason for reason in explained.reasons if not reason.grants and reason.kind != "restriction"]
    withheld = {
        reason: hiding.withholding(reason, person, owner_id) if hiding is not None else [] for reason in reaching
    }
    reaching = [reason for reason, rules in withheld.items() if not rules]
    if not reaching:
        rules = dict.fromkeys(rule for found in withheld.values() for rule in found)
        against += [_restriction(rule) for rule in rules]
    if not reaching and not against:
        against = [replace(_no_grant(explained.permission), shade="out_of_reach")]
    allowed = bool(reaching) and not against
    scope = max(reason.scope for reason in reaching) if allowed else Scope.NONE
    return Explained(explained.permission, allowed, scope, (*against, *reaching))


def _granting(person: Person, delegators: Mapping[UUID, Person], house: House, permission: str) -> Iterator[Reason]:
    for post in person.posts:
        yield from _of_post(post, house, permission)
    everybody = _best(EVERYBODY, permission)
    if everybody is not None:
        pattern, scope = everybody
        yield Reason("role", grants=True, pattern=pattern, scope=scope, unit_path=person.unit_path, shade="everybody")
    for lent in person.lent:
        delegator = delegators.get(lent.delegator_id)
        if delegator is None or delegator.disabled:
            continue
        for post in delegator.posts:
            for role in house.roles_of(post.roles):
                best = _best(cut(role.grants, lent.grants), permission)
                if best is not None:
                    yield Reason(
                        "delegation",
                        grants=True,
                        source=lent.id,
                        pattern=best[0],
                        scope=best[1],
                        unit_path=post.unit_path,
                        role=role.code,
                        delegator=delegator.display_name,
                        delegator_id=delegator.id,
                    )


def _of_post(post: Post, house: House, permission: str) -> Iterator[Reason]:
    for role in house.roles_of(post.roles):
        best = _best(role.grants, permission)
        if best is not None:
            kind = "position" if post.position_id else "role"
            yield Reason(
                kind,
                grants=True,
                source=post.position_id or role.code,
                pattern=best[0],
                scope=best[1],
                unit_path=post.unit_path,
                role=role.code,
            )


def _best(grants: Grants, permission: str) -> tuple[str, Scope] | None:
    """The grant that reaches furthest."""
    return max((grant for grant in grants if matches(grant[0], permission)), key=lambda grant: grant[1], default=None)


def _against(person: Person, house: House, permission: str) -> Iterator[Reason]:
    if person.disabled:
        yield Reason("user_disabled", grants=False)
    module = permission.partition(".")[0]
    if module in house.disabled_modules and permission.rpartition(".")[2] not in READING:
        yield Reason("module_disabled", grants=False, source=module)


def _restricting(person: Person, house: House, permission: str) -> Iterator[Reason]:
    """Rules over the resource: what they hide of it nobody knows before there is a record."""
    resource = permission.rpartition(".")[0]
    return (_restriction(rule) for rule in house.restricting(person) if rule.resource == resource)


def _restriction(rule: RestrictionFacts) -> Reason:
    return Reason("restriction", grants=False, source=rule.id, pattern=rule.filter, rule=rule.name)


def _no_grant(permission: str) -> Reason:
    return Reason("no_grant", grants=False, permission=permission)


def _reaching(reason: Reason, person: Person, owner_id: UUID | None, unit_path: str) -> Reason | None:
    """The reason if it reaches the record; a grant over one's own records is a reason of its owner."""
    if reason.scope is Scope.OWN:
        holder = reason.delegator_id or person.id
        if owner_id == holder:
            return reason if reason.delegator_id else replace(reason, kind="owner", shade="")
        return reason if owner_id is None and unit_path == reason.unit_path else None
    if reason.scope is Scope.UNIT:
        return reason if unit_path == reason.unit_path else None
    if reason.scope is Scope.SUBTREE:
        return reason if unit_path.startswith(reason.unit_path) else None
    return reason


def all_permissions(
    person: Person, delegators: Mapping[UUID, Person], house: House, contract: Contract
) -> Iterable[Explained]:
    """Everything the person may do, by name."""
    for permission in sorted(contract.permissions):
        found = explain(person, delegators, house, permission)
        if found.allowed:
            yield found

"""Restriction rules are made, changed and removed; what they hide is hidden within seconds."""

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import func, select

from crm_identity.domain.restriction_rule import (
    MOST_ACTIVE,
    MOST_BYTES,
    BoundByRestrictionRule,
    RestrictionRule,
    RestrictionRulesTooLong,
    TooManyRestrictionRules,
    faults,
)
from crm_identity.domain.role import unknown_roles
from crm_identity.domain.unit import Unit
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.refuse_escalation import codes_of_roles, refuse_in_anothers_name
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, PermissionDenied, Violation
from crm_kit.principal import Scope
from crm_kit.tx import Tx

_WHOLE = unscoped("rules are of the whole enterprise")


async def create_restriction_rule(tx: Tx, rule: RestrictionRule) -> RestrictionRule:
    """A new rule; its filter has been checked by the service that keeps the records."""
    _require_whole_enterprise(tx)
    await _check(tx, rule)
    tx.add(rule)
    tx.publish(rule, events.RestrictionRuleUpdated())
    if rule.active:
        await _in_force(tx, rule)
    return rule


async def update_restriction_rule(
    tx: Tx, rule: RestrictionRule, changed: set[str], *, was_active: bool
) -> RestrictionRule:
    """A changed rule, which has the new values."""
    _require_whole_enterprise(tx)
    _refuse_bound(tx, rule)
    if not changed:
        return rule
    await _check(tx, rule)
    tx.publish(rule, events.RestrictionRuleUpdated())
    if rule.active or was_active:
        await _in_force(tx, rule)
    return rule


async def delete_restriction_rule(tx: Tx, rule_id: str, etag: str) -> None:
    """What it alone hid is seen again."""
    rule = await tx.load(RestrictionRule, rule_id, etag=etag)
    _require_whole_enterprise(tx)
    _refuse_bound(tx, rule)
    rule.delete_time = tx.now
    tx.publish(rule, events.RestrictionRuleUpdated(removed=True))
    if rule.active:
        await access_changed(tx, rule, everybody=True)


def _require_whole_enterprise(tx: Tx) -> None:
    """Who hides records hides them from people of every unit, so the right must reach all of them."""
    refuse_in_anothers_name(tx.principal)
    if tx.call.scope is not Scope.ALL:
        raise PermissionDenied(permission=f"{tx.call.permission} (all)")


def _refuse_bound(tx: Tx, rule: RestrictionRule) -> None:
    if any(one.rule_id == str(rule.id) for one in tx.principal.restrictions):
        raise BoundByRestrictionRule(permission=tx.call.permission, name=rule.name)


async def _check(tx: Tx, rule: RestrictionRule) -> None:
    rule.roles, rule.unit_ids = list(dict.fromkeys(rule.roles)), list(dict.fromkeys(rule.unit_ids))
    wrong = faults(rule)
    wrong += unknown_roles("roles", rule.roles, await codes_of_roles(tx))
    known = select(Unit.id).where(Unit.id.in_(rule.unit_ids), Unit.delete_time.is_(None))
    missing = set(rule.unit_ids) - set((await tx.session.execute(known.execution_options(**_WHOLE))).scalars())
    if missing:
        named = ", ".join(sorted(map(str, missing))[:5])
        wrong.append(Violation("unit_ids", "NOT_FOUND", f"There are no units {named}.", f"没有组织单元 {named}。"))
    if wrong:
        raise InvalidArgument(wrong)


async def _in_force(tx: Tx, rule: RestrictionRule) -> None:
    """Everybody is told; whoever tells waits for others who do, so that the rules in force are counted one at a time."""
    await access_changed(tx, rule, everybody=True)
    alive = (RestrictionRule.active, RestrictionRule.delete_time.is_(None))
    counted = select(
        func.count().filter(RestrictionRule.resource == rule.resource),
        func.coalesce(func.sum(func.octet_length(RestrictionRule.filter)), 0),
    ).where(*alive)
    number, size = (await tx.session.execute(counted.execution_options(**_WHOLE))).one()
    if rule.active and number > MOST_ACTIVE:
        raise TooManyRestrictionRules(resource=rule.resource, most=MOST_ACTIVE)
    if rule.active and size > MOST_BYTES:
        raise RestrictionRulesTooLong(most=MOST_BYTES)

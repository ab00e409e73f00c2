"""Roles are made, changed and removed, by whoever has all that they grant."""

import re

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import func, select

from crm_identity.domain.contract import Contract
from crm_identity.domain.coverage import wherever_held
from crm_identity.domain.field_rules import RoleFacts
from crm_identity.domain.grants import Grants
from crm_identity.domain.position import Position
from crm_identity.domain.role import Role, RoleInUse, check_code
from crm_identity.domain.user import User
from crm_identity.queries.contract import contract
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name, refuse_roles
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, PermissionDenied, Violation
from crm_kit.principal import Scope
from crm_kit.tx import Tx

PATTERN = re.compile(r"(\*|[a-z][a-z0-9_]*)(\.(\*|[a-z][a-z0-9_]*)){0,2}")
FIELD = re.compile(r"(\*|[a-z][a-z0-9_]*)\.(\*|[a-z][a-z0-9_]*)\.(\*|@personal|@sensitive|[a-z][a-z0-9_]*)")
MOST = 500
SCOPES = tuple(scope.name.lower() for scope in Scope if scope)


async def create_role(tx: Tx, role: Role) -> Role:
    """A new role."""
    check_code(role.code)
    _require_reach(tx)
    _refuse_wider(tx, role, before=())
    tx.add(role)
    await _announce(tx, role)
    return role


async def update_role(tx: Tx, role: Role, changed: set[str], before: RoleFacts) -> Role:
    """A changed role; ``before`` is what it was. Only what is new in it is measured against the caller's own rights."""
    _require_reach(tx)
    role.refuse_if_fixed()
    if changed & {"grants", "field_rules"}:
        # Rules taken away show more of everything granted, so then all of it counts as new.
        _refuse_wider(tx, role, before=() if "field_rules" in changed else before.grants)
    if changed:
        await _announce(tx, role)
    return role


async def delete_role(tx: Tx, role_id: str, etag: str) -> None:
    """A role nobody holds any more."""
    role = await tx.load(Role, role_id, etag=etag)
    _require_reach(tx)
    role.refuse_if_fixed()
    if holders := await _holders(tx, role.code):
        raise RoleInUse(code=role.code, holders=holders)
    role.delete_time = tx.now
    tx.publish(role, events.RoleUpdated(removed=True))
    await access_changed(tx, role, everybody=True)


def faults(grants: list[dict[str, str]], field_rules: list[dict[str, str]], known: Contract) -> list[Violation]:
    """What is wrong with a role's grants and field rules: each must mean something in the contract."""
    wrong: list[Violation] = []
    if len(grants) > MOST or len(field_rules) > MOST:
        wrong.append(Violation("grants", "TOO_MANY", f"At most {MOST} of each.", f"每类最多 {MOST} 项。"))
    for at, grant in enumerate(grants[:MOST]):
        pattern, scope = grant.get("permission", ""), grant.get("scope", "")
        if not PATTERN.fullmatch(pattern) or not known.grantable(pattern):
            en = f"{pattern[:80]!r} matches no permission. /v1/permissions lists them all."
            zh = f"“{pattern[:80]}”没有匹配任何权限，全部权限见 /v1/permissions。"
            wrong.append(Violation(f"grants[{at}].permission", "UNKNOWN_PERMISSION", en, zh))
        if scope not in SCOPES:
            allowed = ", ".join(SCOPES)
            en, zh = f"Choose one of {allowed}.", f"请选择：{allowed}。"
            wrong.append(Violation(f"grants[{at}].scope", "UNKNOWN_SCOPE", en, zh))
    for at, rule in enumerate(field_rules[:MOST]):
        pattern = rule.get("field", "")
        if not FIELD.fullmatch(pattern) or not known.ruled(pattern):
            en = f"{pattern[:80]!r} matches no field. Write <service>.<resource>.<field>, each a name or *, or @personal."
            zh = f"“{pattern[:80]}”没有匹配任何字段。格式为 <服务>.<资源>.<字段>，各部分可为名称或 *，字段也可为 @personal。"
            wrong.append(Violation(f"field_rules[{at}].field", "UNKNOWN_FIELD", en, zh))
    return wrong


def check(role: Role) -> None:
    wrong = faults(role.grants, role.field_rules, contract())
    if wrong:
        raise InvalidArgument(wrong)


def _require_reach(tx: Tx) -> None:
    """A role is of the whole enterprise: half a reach is none."""
    if tx.call.scope is not Scope.ALL:
        raise PermissionDenied(permission=f"{tx.call.permission} (all)")


def _refuse_wider(tx: Tx, role: Role, before: Grants) -> None:
    refuse_in_anothers_name(tx.principal)
    check(role)
    new = RoleFacts(
        role.code, tuple(grant for grant in role.facts.grants if grant not in before), role.facts.field_rules
    )
    root = "/" + tx.principal.unit_path.strip("/").partition("/")[0] + "/"
    [(path, grants)] = wherever_held(new, root.replace("//", "/")).items()
    refuse_roles(tx.principal, [(path, [RoleFacts(new.code, grants, new.field_rules)])])


async def _announce(tx: Tx, role: Role) -> None:
    tx.publish(role, events.RoleUpdated())
    await access_changed(tx, role, everybody=True)


async def _holders(tx: Tx, code: str) -> int:
    why = unscoped("a role must not vanish under people the caller cannot see")
    users = select(func.count(User.id)).where(User.roles.contains([code]), User.delete_time.is_(None))
    positions = select(func.count(Position.id)).where(Position.roles.contains([code]), Position.delete_time.is_(None))
    total = 0
    for statement in (users, positions):
        total += (await tx.session.execute(statement.execution_options(**why))).scalar_one()
    return total

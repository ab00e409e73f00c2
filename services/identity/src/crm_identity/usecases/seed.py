"""What an installation ships with: roles and modules, put in place at every start and kept in step by upgrades.

A built-in role follows a new release for as long as nobody has changed it; the administrator's always does. What an
administrator removed stays removed.
"""

from typing import Any

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import select, text

from crm_identity.domain.built_in_roles import BUILT_IN, BuiltIn
from crm_identity.domain.field_rules import ADMINISTRATOR
from crm_identity.domain.module import TITLES, Module
from crm_identity.domain.role import Role
from crm_identity.usecases.change_access import access_changed
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.tx import Tx, begin

_WHY = unscoped("the house puts its own furniture in place")
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('crm_identity.seed'))")


async def seed(call: Call) -> None:
    """Repeatable, also by several processes at once."""
    async with begin(call) as tx:
        await tx.session.execute(_ONE_AT_A_TIME)
        rows = (await tx.session.execute(select(Role).execution_options(**_WHY))).scalars()
        # Of a code that was removed and made again, the living one counts.
        roles = {role.code: role for role in sorted(rows, key=lambda role: role.delete_time is None)}
        changed = [role for shipped in BUILT_IN if (role := _put(tx, shipped, roles.get(shipped.code))) is not None]
        if changed:
            await access_changed(tx, changed[0], everybody=True)
        known = set((await tx.session.execute(select(Module.code).execution_options(**_WHY))).scalars())
        for code in TITLES.keys() - known:
            tx.add(Module(code=code, unit_path="/"))


def _put(tx: Tx, shipped: BuiltIn, role: Role | None) -> Role | None:
    """The role if it is new or was brought in step."""
    fresh = _role(shipped)
    if role is None:
        role = tx.add(fresh)
    else:
        untouched = role.built_in and role.delete_time is None and role.fingerprint == role.shipped
        if role.fingerprint == fresh.fingerprint or not (untouched or role.code == ADMINISTRATOR):
            return None
        role.title_en, role.title_zh, role.grants = fresh.title_en, fresh.title_zh, fresh.grants
        role.field_rules, role.built_in, role.delete_time = [], True, None
    role.shipped = fresh.fingerprint
    tx.publish(role, events.RoleUpdated())
    return role


def _role(shipped: BuiltIn) -> Role:
    grants: list[dict[str, Any]] = [
        {"permission": pattern, "scope": scope.name.lower()} for pattern, scope in shipped.grants
    ]
    role = Role(code=shipped.code, title_en=shipped.title_en, title_zh=shipped.title_zh, built_in=True, grants=grants)
    role.unit_path = "/"
    return role

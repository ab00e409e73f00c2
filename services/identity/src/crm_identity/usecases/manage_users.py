"""People are given access, moved, given roles and cut off."""

from collections.abc import Collection

from crm.identity.v1 import identity_events_pb2 as events

from crm_identity.domain import password as passwords
from crm_identity.domain.assembly import Post
from crm_identity.domain.field_rules import ADMINISTRATOR
from crm_identity.domain.preferences import CHOICES
from crm_identity.domain.role import unknown_roles
from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_identity.usecases.api_keys import revoke_keys_of
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.refuse_escalation import (
    codes_of_roles,
    refuse_changing_wider,
    refuse_giving_more,
    require_administrator,
)
from crm_identity.usecases.sessions import end_sessions_of
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx

GIVES_ACCESS = frozenset({"login", "email", "external_id", "unit_id", "roles", "disabled", "password"})
"""With any of these in hand one could become the other, or shut them out."""


async def create_user(tx: Tx, user: User, password: str) -> User:
    """A new user of a unit, with no more rights than whoever makes it."""
    await _check(tx, user, password)
    user.unit_path = (await tx.load(Unit, user.unit_id)).path
    user.id = tx.new_id()
    user.owner_id = user.id
    await refuse_giving_more(tx, [Post(user.unit_path, tuple(user.roles))])
    if password:
        user.password_hash = passwords.hashed(password)
    tx.add(user)
    tx.publish(user, events.UserCreated())
    return user


async def require_power_over(tx: Tx, user: User, named: Collection[str]) -> None:
    """Before anything changes: whoever has more rights than the caller keeps what gives access.

    The company's directory, which is a key, cuts off and lets back in whom it manages, administrators excepted.
    """
    at_stake = GIVES_ACCESS & set(named)
    if tx.principal.kind == "key" and user.external_id and ADMINISTRATOR not in user.roles:
        at_stake -= {"disabled"}
    if at_stake:
        await refuse_changing_wider(tx, user)


async def update_user(tx: Tx, user: User, changed: set[str], password: str) -> User:
    """Changed facts; whoever loses access loses it everywhere within seconds."""
    await _check(tx, user, password)
    if "unit_id" in changed:
        user.unit_path = (await tx.load(Unit, user.unit_id)).path
    if changed & {"unit_id", "roles"}:
        await refuse_giving_more(tx, [Post(user.unit_path, tuple(user.roles))])
    if password:
        user.password_hash = passwords.hashed(password)
    if changed & {"roles", "disabled"} and (user.disabled or ADMINISTRATOR not in user.roles):
        await require_administrator(tx, user)
    if user.disabled and "disabled" in changed:
        await _cut_off(tx, user)
    elif password:
        await end_sessions_of(tx, user.id)
    if changed or password:
        tx.publish(user, events.UserUpdated())
    if changed & {"unit_id", "roles", "disabled"}:
        await access_changed(tx, user, user.id)
    return user


async def delete_user(tx: Tx, user: User) -> None:
    """Removed people are disabled first, so that nobody who keeps a copy of them lets them in."""
    user.disabled, user.delete_time = True, tx.now
    await require_administrator(tx, user)
    await _cut_off(tx, user)
    tx.publish(user, events.UserUpdated())
    await access_changed(tx, user, user.id)


async def _cut_off(tx: Tx, user: User) -> None:
    await end_sessions_of(tx, user.id)
    await revoke_keys_of(tx, user.id, "The user was disabled.")


async def _check(tx: Tx, user: User, password: str) -> None:
    """Known roles, a language we speak, a password good enough."""
    wrong = unknown_roles("roles", user.roles, await codes_of_roles(tx))
    if user.language and user.language not in CHOICES["language"]:
        wrong.append(Violation("language", "UNKNOWN_LANGUAGE", "Choose zh-CN or en.", "请选择 zh-CN 或 en。"))
    if password:
        wrong += passwords.weaknesses(password, [user.login, user.display_name, user.email])
    if wrong:
        raise InvalidArgument(wrong)

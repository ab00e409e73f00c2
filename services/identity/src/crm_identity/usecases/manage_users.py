"""People are given access, moved, given roles and cut off."""

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import delete

from crm_identity.domain.roles import ROLES
from crm_identity.domain.unit import Unit
from crm_identity.domain.user import SHORTEST_PASSWORD, User, session
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx

LANGUAGES = ("zh-CN", "en")


async def create_user(tx: Tx, user: User, password: str) -> User:
    """A new user of a unit."""
    check(user.roles, user.language, password)
    unit = await tx.load(Unit, user.unit_id)
    user.unit_path = unit.path
    if password:
        user.set_password(password)
    tx.add(user)
    tx.publish(user, events.UserCreated())
    return user


async def update_user(tx: Tx, user: User, changed: set[str], password: str) -> User:
    """Changed facts; whoever loses access loses it in every session."""
    check(user.roles, user.language, password)
    if "unit_id" in changed:
        user.unit_path = (await tx.load(Unit, user.unit_id)).path
    if password:
        user.set_password(password)
    if user.disabled or password:
        await tx.session.execute(delete(session).where(session.c.user_id == user.id))
    if changed or password:
        tx.publish(user, events.UserUpdated())
    return user


def check(roles: list[str], language: str, password: str) -> None:
    """Known roles, a language we speak, a password long enough."""
    wrong: list[Violation] = []
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        allowed = ", ".join(ROLES)
        wrong.append(Violation("roles", "UNKNOWN_ROLE", f"Choose from {allowed}.", f"请从以下角色中选择：{allowed}。"))
    if language and language not in LANGUAGES:
        wrong.append(Violation("language", "UNKNOWN_LANGUAGE", "Choose zh-CN or en.", "请选择 zh-CN 或 en。"))
    if password and len(password) < SHORTEST_PASSWORD:
        en = f"Use at least {SHORTEST_PASSWORD} characters."
        wrong.append(Violation("password", "TOO_SHORT", en, f"至少 {SHORTEST_PASSWORD} 个字符。"))
    if wrong:
        raise InvalidArgument(wrong)

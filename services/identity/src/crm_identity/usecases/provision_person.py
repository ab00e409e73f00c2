"""Who a person is here whom a provider vouches for.

Issuer and subject say it, once linked. The first time, a verified e-mail address may: only with a provider that is
trusted to make users, only when it is the address of exactly one user whom nobody is linked to, and never for an
administrator, whom otherwise whoever edits the directory could become.
"""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import exists, func, insert, select

from crm_identity.domain.identity_provider import ADMINISTRATOR, IdentityProvider, identity_link
from crm_identity.domain.sign_in_attempt import SignInRefused
from crm_identity.domain.user import User
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.manage_users import create_user
from crm_kit.access import unscoped
from crm_kit.tx import Tx

log = logging.getLogger(__name__)

_SIGNING_IN = unscoped("nobody is signed in before signing in")
_MOST_GROUPS = 1000
_LONGEST_NAME = 200


async def person_of(tx: Tx, provider: IdentityProvider, claims: Mapping[str, Any]) -> User:
    """The user the claims are about, with the roles their groups give; raises SignInRefused with what to do."""
    subject = str(claims["sub"])
    link = identity_link.c
    linked = select(link.user_id).where(link.issuer == provider.issuer, link.subject == subject)
    user_id = (await tx.session.execute(linked)).scalar_one_or_none()
    if user_id is None:
        return await _first_time(tx, provider, subject, claims)
    user = await _user(tx, user_id)
    if user is None or user.disabled:
        raise _refused(provider, "ACCOUNT_DISABLED", "your account here is disabled.", "您在本系统的账户已停用。")
    if provider.group_claim:
        roles = provider.roles_of(_groups(provider, claims), list(user.roles))
        if set(roles) != set(user.roles):
            user.roles = roles
            tx.publish(user, events.UserUpdated())
            await access_changed(tx, user, user.id)
    return user


async def _first_time(tx: Tx, provider: IdentityProvider, subject: str, claims: Mapping[str, Any]) -> User:
    email = str(claims.get("email") or "").strip().lower()
    if not provider.provision:
        raise _refused(provider, "NOT_PROVISIONED", "nobody has made a user for you yet.", "管理员尚未为您建立用户。")
    # Some providers write the boolean as a text.
    if not email or claims.get("email_verified") not in (True, "true"):
        raise _refused(
            provider,
            "EMAIL_NOT_VERIFIED",
            "your e-mail address is not verified there.",
            "您在身份提供方的邮箱尚未验证。",
        )
    # Two sign-ins of one new person at once must not make two users.
    await tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(email, 0))))
    statement = select(User).where(func.lower(User.email) == email, User.delete_time.is_(None)).limit(2)
    found = (await tx.session.execute(statement.execution_options(**_SIGNING_IN))).scalars().all()
    user = await _known(tx, provider, found[0]) if len(found) == 1 else None
    if len(found) > 1:
        raise _refused(provider, "AMBIGUOUS", "several users have your e-mail address.", "有多个用户使用您的邮箱地址。")
    if user is None:
        user = await _made(tx, provider, email, claims)
    row = {"issuer": provider.issuer, "subject": subject, "provider_id": provider.id, "user_id": user.id}
    await tx.session.execute(insert(identity_link).values(create_time=tx.now, **row))
    return user


async def _known(tx: Tx, provider: IdentityProvider, user: User) -> User:
    """The one user with the verified address, when linking is safe."""
    linked = select(exists().where(identity_link.c.user_id == user.id))
    if user.disabled:
        raise _refused(provider, "ACCOUNT_DISABLED", "your account here is disabled.", "您在本系统的账户已停用。")
    if ADMINISTRATOR in user.roles:
        raise _refused(
            provider,
            "ADMINISTRATORS_NOT_LINKED",
            "administrators are not recognised by their e-mail address. Sign in with your password.",
            "管理员不能通过邮箱地址自动关联，请使用密码登录。",
        )
    if (await tx.session.execute(linked)).scalar_one():
        raise _refused(
            provider,
            "LINKED_TO_ANOTHER",
            "your e-mail address belongs to a user of another account.",
            "您的邮箱已关联其他账户。",
        )
    return user


async def _made(tx: Tx, provider: IdentityProvider, email: str, claims: Mapping[str, Any]) -> User:
    assert provider.default_unit_id is not None
    locale = str(claims.get("locale") or "").lower()
    user = User(
        login=email,
        display_name=str(claims.get("name") or claims.get("preferred_username") or email)[:_LONGEST_NAME],
        email=email,
        unit_id=provider.default_unit_id,
        roles=provider.roles_of(_groups(provider, claims), [r for r in provider.default_roles if r != ADMINISTRATOR]),
        language="zh-CN" if locale.startswith("zh") else "en" if locale.startswith("en") else "",
    )
    log.info("a user is made at the first sign-in", extra={"provider": provider.code})
    return await create_user(tx, user, "")


async def _user(tx: Tx, user_id: UUID) -> User | None:
    statement = select(User).where(User.id == user_id, User.delete_time.is_(None)).with_for_update()
    return (await tx.session.execute(statement.execution_options(**_SIGNING_IN))).scalar_one_or_none()


def _groups(provider: IdentityProvider, claims: Mapping[str, Any]) -> list[str]:
    given = claims.get(provider.group_claim) if provider.group_claim else None
    return [str(one) for one in given[:_MOST_GROUPS]] if isinstance(given, list) else []


def _refused(provider: IdentityProvider, reason: str, en: str, zh: str) -> SignInRefused:
    log.warning("a person was not let in", extra={"provider": provider.code, "refusal": reason})
    return SignInRefused(reason, f"{en} Ask your administrator.", f"{zh}请联系管理员。")

"""Signing in and out. Wrong login and wrong password look alike, and take alike long."""

import asyncio
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from crm_identity.domain.user import SESSION_LASTS, User, digest, session
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import Unauthenticated
from crm_kit.tx import begin

SIGNING_IN = unscoped("nobody is signed in before signing in")


class WrongCredentials(Unauthenticated):
    """Login and password do not belong together, or the account is locked or disabled."""

    en = "Login or password is wrong. After ten wrong tries the account is locked for 15 minutes."
    zh = "用户名或密码错误。连续错误十次后，账户将锁定 15 分钟。"


async def sign_in(call: Call, login: str, password: str) -> tuple[str, datetime, User]:
    """The token, when it ends, and who signed in."""
    statement = select(User).where(func.lower(User.login) == login.strip().lower(), User.delete_time.is_(None))
    async with begin(call) as tx:
        found = (await tx.session.execute(statement.execution_options(**SIGNING_IN))).scalar_one_or_none()
    # Hashing takes tens of milliseconds of CPU: beside the loop, and outside any transaction.
    right = await asyncio.to_thread((found or User()).proves, password)
    if found is None:
        raise WrongCredentials
    async with begin(call) as tx:
        user = (await tx.session.execute(statement.with_for_update().execution_options(**SIGNING_IN))).scalar_one()
        if right and user.may_try(tx.now):
            token = secrets.token_urlsafe(32)
            expires = tx.now + SESSION_LASTS
            if user.failed_attempts:
                user.failed_attempts = 0
            await tx.session.execute(
                insert(session).values(
                    id=tx.new_id(), token_digest=digest(token), user_id=user.id, create_time=tx.now, expire_time=expires
                )
            )
            return token, expires, user
        if user.may_try(tx.now):
            user.failed(tx.now)
    raise WrongCredentials


async def sign_out(call: Call) -> None:
    """The caller's session ends."""
    async with begin(call) as tx:
        await tx.session.execute(delete(session).where(session.c.id == UUID(call.principal.session_id)))

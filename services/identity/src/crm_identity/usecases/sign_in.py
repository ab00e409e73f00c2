"""Signing in with login and password. Wrong login and wrong password look alike, and take alike long."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Select, func, select

from crm_identity.domain import password as passwords
from crm_identity.domain.identity_provider import ADMINISTRATOR, IdentityProvider
from crm_identity.domain.session import BY_PASSWORD
from crm_identity.domain.user import User
from crm_identity.usecases.sessions import NewSession, open_session
from crm_identity.usecases.sign_in_throttle import count_try, forgive
from crm_kit.access import unscoped
from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.errors import Unauthenticated
from crm_kit.tx import Tx, begin

SIGNING_IN = unscoped("nobody is signed in before signing in")

_hashing = ThreadPoolExecutor(2, thread_name_prefix="password")
"""Hashing takes tens of milliseconds of CPU and 19 MiB each: beside the loop, and never more than a few at once."""


class WrongCredentials(Unauthenticated):
    """Login and password do not belong together, or the account is disabled."""

    en = "Login or password is wrong. After five wrong tries each further one has to wait longer."
    zh = "账号或密码错误。连续错误五次后，每次重试需等待更长时间。"


async def sign_in(call: Call, login: str, password: str, address: str, user_agent: str) -> tuple[NewSession, User]:
    """The new session and who signed in; WrongCredentials, or TooManyTries with the seconds to wait."""
    counted = await count_try(call, login, address)
    async with begin(call) as tx:
        found = (await tx.session.execute(_named(login))).scalar_one_or_none()
    loop, kept = asyncio.get_running_loop(), found.password_hash if found else ""
    right = await loop.run_in_executor(_hashing, passwords.proves, kept, password)
    if not right:
        _note_failure(call, found, address, "credentials")
        raise WrongCredentials
    renewed = await loop.run_in_executor(_hashing, passwords.hashed, password) if passwords.outdated(kept) else ""
    async with begin(call) as tx:
        user = (await tx.session.execute(_named(login).with_for_update())).scalar_one_or_none()
        # What was proven must still count: a password changed or an account disabled meanwhile opens nothing.
        if user is None or user.disabled or user.password_hash != kept:
            _note_failure(call, user, address, "disabled")
            raise WrongCredentials
        if renewed:
            user.password_hash = renewed
        await forgive(tx, counted, login, address)
        action = "break_glass" if await _breaks_glass(tx, user) else "sign_in"
        return await open_session(tx, user, BY_PASSWORD, address, user_agent, action=action), user


async def _breaks_glass(tx: Tx, user: User) -> bool:
    """An administrator who comes in by password although people sign in at a provider: that is for emergencies."""
    if ADMINISTRATOR not in user.roles:
        return False
    providers = select(IdentityProvider.id).where(
        IdentityProvider.disabled.is_(False), IdentityProvider.delete_time.is_(None)
    )
    return (await tx.session.execute(providers.limit(1).execution_options(**SIGNING_IN))).first() is not None


def _note_failure(call: Call, user: User | None, address: str, reason: str) -> None:
    """Written after the answer, so that it takes alike long for everybody. What was typed is not: it may be a password."""
    known = None if user is None else user.id
    unit_path = "" if user is None else user.unit_path
    note(
        call,
        "sign_in_failed",
        User.__tablename__,
        known,
        details={"reason": reason},
        unit_path=unit_path,
        address=address,
    )


def _named(login: str) -> Select[User]:
    statement = select(User).where(func.lower(User.login) == login.strip().lower(), User.delete_time.is_(None))
    return statement.execution_options(**SIGNING_IN)

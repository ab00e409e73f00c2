"""After a restore nobody comes back who was cut off since the backup, and no key or session that had ended."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from crm_identity.domain.api_key import ApiKey
from crm_identity.domain.session import session
from crm_identity.domain.user import User
from crm_identity.usecases.api_keys import revoke_api_key
from crm_identity.usecases.manage_users import update_user
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.endings import Ended, Ending
from crm_kit.tx import Tx, begin

REASON = "It had ended when the system was restored from an older backup."
_EVERYWHERE = unscoped("what ended, ended in every unit")


async def cut_off_again(tx: Tx, ended: Sequence[Ended]) -> int:
    """People who were disabled or removed are disabled; LastAdministrator when nobody could let others in."""
    found = select(User).where(
        User.id.in_([one.id for one in ended]), User.disabled.is_(False), User.delete_time.is_(None)
    )
    users = (await tx.session.execute(found.with_for_update().execution_options(**_EVERYWHERE))).scalars().all()
    for user in users:
        user.disabled = True
        await update_user(tx, user, {"disabled"}, "")
    return len(users)


async def revoke_again(tx: Tx, ended: Sequence[Ended]) -> int:
    """Keys that were revoked are revoked."""
    found = select(ApiKey).where(ApiKey.id.in_([one.id for one in ended]), ApiKey.revoke_time.is_(None))
    keys = (await tx.session.execute(found.with_for_update().execution_options(**_EVERYWHERE))).scalars().all()
    for key in keys:
        await revoke_api_key(tx, key, REASON)
    return len(keys)


async def end_all_sessions(call: Call) -> None:
    """Which of the sessions had ended is kept nowhere, so everybody signs in again; nobody is served yet to be told."""
    async with begin(call) as tx:
        await tx.session.execute(delete(session))


_users, _keys = User.__table__.c, ApiKey.__table__.c
ENDINGS = (
    # One at a time: that one is the last administrator must not keep the others in.
    Ending(
        "user",
        _users.id,
        _users.update_time,
        _users.disabled.is_(True) | _users.delete_time.is_not(None),
        cut_off_again,
        returns=True,
        at_once=1,
    ),
    Ending("api_key", _keys.id, _keys.revoke_time, _keys.revoke_time.is_not(None), revoke_again),
)

"""API keys are made, changed, given a new secret, revoked; and told from forgeries."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from crm_identity.domain.api_key import (
    LONGEST_OVERLAP_DAYS,
    TOUCHED_EVERY,
    ApiKey,
    api_key_use,
    new_kid,
    new_secret,
    taken_apart,
    written,
)
from crm_identity.domain.assembly import Places
from crm_identity.domain.caller import Caller
from crm_identity.domain.contract import Contract
from crm_identity.domain.coverage import refuse_wider
from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_identity.usecases.change_access import access_changed
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, PermissionDenied, Unauthenticated, Violation
from crm_kit.principal import Principal, Scope
from crm_kit.secret_box import SecretBox
from crm_kit.tx import Tx, begin

PURPOSE = "api key"
USUAL_LIFE = timedelta(days=90)
_OF_ANYBODY = unscoped("finding out who calls comes before asking what the caller may see")


class KeysMakeNoKeys(PermissionDenied):
    """A leaked key must not be able to make itself another one."""

    en = "A key cannot make, change or renew keys. Sign in and do it yourself."
    zh = "不能使用密钥来新建、修改或更换密钥，请登录后操作。"


async def create_api_key(tx: Tx, key: ApiKey, box: SecretBox, contract: Contract) -> str:
    """A new key, within its maker's rights; answers the whole key, which nobody can read again."""
    _require_person(tx.principal)
    key.rate_class = key.rate_class or "standard"
    key.expire_time = key.expire_time or tx.now + USUAL_LIFE
    key.owner_id = tx.principal.user_id
    if key.user_id is not None:
        await _make_personal(tx, key)
    else:
        await _place(tx, key)
    _check(key, contract, tx)
    key.kid, secret = new_kid(), new_secret()
    key.secret_mark = box.mark(_marked(key.kid, secret), PURPOSE)
    tx.add(key)
    return written(key.kid, secret)


async def update_api_key(tx: Tx, key: ApiKey, contract: Contract) -> None:
    """Changed facts, again within the rights of whoever changes them; what was remembered of the key is forgotten."""
    _require_person(tx.principal)
    key.require_changeable()
    _check(key, contract, tx)
    await access_changed(tx, key, key.id)


async def rotate_api_key(tx: Tx, key: ApiKey, overlap_days: int, box: SecretBox) -> str:
    """A new secret; the one before works for ``overlap_days``, 0 to 30. Answers the whole key."""
    _require_person(tx.principal)
    if not 0 <= overlap_days <= LONGEST_OVERLAP_DAYS:
        en, zh = f"Choose 0 to {LONGEST_OVERLAP_DAYS} days.", f"请选择 0 到 {LONGEST_OVERLAP_DAYS} 天。"
        raise InvalidArgument.of("overlap_days", "OUT_OF_RANGE", en, zh)
    secret = new_secret()
    key.rotate(box.mark(_marked(key.kid, secret), PURPOSE), tx.now + timedelta(days=overlap_days), tx.now)
    await access_changed(tx, key, key.id)
    return written(key.kid, secret)


async def revoke_api_key(tx: Tx, key: ApiKey, reason: str) -> None:
    """The key ends everywhere within seconds."""
    if not reason.strip():
        raise InvalidArgument.of("reason", "REQUIRED", "Say why, for the audit.", "请说明撤销原因，以备审计。")
    key.revoke(reason.strip(), tx.now)
    await access_changed(tx, key, key.id)


async def revoke_keys_of(tx: Tx, user_id: UUID, reason: str) -> None:
    """Every personal key of a user ends: the person is cut off."""
    mine = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoke_time.is_(None)).with_for_update()
    why = unscoped("whoever may cut a person off ends the person's keys, wherever they were made")
    for key in (await tx.session.execute(mine.execution_options(**why))).scalars().all():
        key.revoke(reason, tx.now)
        await access_changed(tx, key, key.id)


async def use_api_key(call: Call, box: SecretBox, text: str, address: str) -> Caller:
    """Whose key it is; Unauthenticated when it is forged, over, revoked, from a forbidden place or of a leaver."""
    parts = taken_apart(text)
    if parts is None:
        raise Unauthenticated
    kid, secret = parts
    keys, users = ApiKey.__table__.c, User.__table__.c
    statement = (
        select(*keys, api_key_use.c.last_used_time, api_key_use.c.last_used_address)
        .join_from(ApiKey.__table__, User.__table__, users.id == keys.user_id, isouter=True)
        .join(api_key_use, api_key_use.c.api_key_id == keys.id, isouter=True)
        .where(
            keys.kid == kid,
            keys.revoke_time.is_(None),
            keys.expire_time > call.now,
            keys.delete_time.is_(None),
            or_(keys.user_id.is_(None), users.disabled.is_(False) & users.delete_time.is_(None)),
        )
    )
    async with call.db.connect() as connection:
        row: Any = (await connection.execute(statement, execution_options=_OF_ANYBODY)).one_or_none()
    if row is None or not _proves(row, box, _marked(kid, secret), call) or not ApiKey.admits(row, address):
        raise Unauthenticated
    if row.last_used_time is None or row.last_used_time <= call.now - TOUCHED_EVERY:
        await _touch(call, row.id, address)
    return Caller(
        row.user_id,
        api_key_id=str(row.id),
        name=row.name,
        unit_path=row.unit_path,
        grants=tuple((one["permission"], Scope[one["scope"].upper()]) for one in row.grants),
    )


async def uses_of(call: Call, ids: list[UUID]) -> dict[UUID, Any]:
    """Last use of keys that are known to be visible; absent for those never used."""
    statement = select(api_key_use).where(api_key_use.c.api_key_id.in_(ids))
    async with call.db.connect() as connection:
        return {row.api_key_id: row for row in await connection.execute(statement)}


def _proves(row: Any, box: SecretBox, marked: bytes, call: Call) -> bool:
    """Either secret will do, the former one until its time is over."""
    if box.recognises(row.secret_mark, marked, PURPOSE):
        return True
    until = row.former_secret_expire_time
    return until is not None and until > call.now and box.recognises(row.former_secret_mark, marked, PURPOSE)


async def _touch(call: Call, key_id: UUID, address: str) -> None:
    async with begin(call) as tx:
        used = {"last_used_time": tx.now, "last_used_address": address}
        touched = insert(api_key_use).values(api_key_id=key_id, **used)
        await tx.session.execute(touched.on_conflict_do_update(index_elements=["api_key_id"], set_=used))


async def _make_personal(tx: Tx, key: ApiKey) -> None:
    """Anybody may make keys for themselves, and nobody for another."""
    if key.user_id != tx.principal.user_id:
        en, zh = "A personal key is made by the person alone.", "个人密钥只能由本人新建。"
        raise InvalidArgument.of("user_id", "NOT_YOU", en, zh)
    user = await tx.session.get(User, key.user_id, execution_options=unscoped("one's own record"))
    assert user is not None
    key.unit_id, key.unit_path = user.unit_id, user.unit_path


async def _place(tx: Tx, key: ApiKey) -> None:
    if tx.call.scope <= Scope.OWN:
        raise PermissionDenied(permission=f"{tx.call.permission} (unit)")
    if key.unit_id is None:
        raise InvalidArgument.of("unit_id", "REQUIRED", "Name the unit.", "请指定组织。")
    key.unit_path = (await tx.load(Unit, key.unit_id)).path


def _check(key: ApiKey, contract: Contract, tx: Tx) -> None:
    wrong = key.faults(contract, tx.now)
    if not key.name.strip():
        wrong.append(Violation("name", "REQUIRED", "Say what the key is for.", "请说明密钥的用途。"))
    if wrong:
        raise InvalidArgument(wrong)
    if key.user_id is None:
        refuse_wider({key.unit_path: key.rights}, _places(tx.principal), contract)


def _places(principal: Principal) -> Places:
    """What the caller may do, by the unit it counts from."""
    own: Places = {principal.unit_path: principal.grants}
    for position in principal.positions:
        own[position.unit_path] = (*own.get(position.unit_path, ()), *position.grants)
    return own


def _require_person(principal: Principal) -> None:
    if principal.kind != "user":
        raise KeysMakeNoKeys(permission="identity.api_key")


def _marked(kid: str, secret: str) -> bytes:
    return f"{kid}_{secret}".encode()

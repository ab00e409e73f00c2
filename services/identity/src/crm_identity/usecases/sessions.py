"""Sessions are opened, used, listed and ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from crm_identity.domain.caller import Caller
from crm_identity.domain.session import AGENT_LIMIT, LASTS, TOUCHED_EVERY, alive_since, digest, new_token, session
from crm_identity.domain.user import User
from crm_identity.usecases.change_access import next_epoch
from crm_kit.access import unscoped, visible
from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.errors import NotFound, Unauthenticated
from crm_kit.outbox import BatchItem
from crm_kit.principal import Scope
from crm_kit.tx import Tx, begin, parse_id

CURRENT = "current"
_OF_ANYBODY = unscoped("finding out who calls comes before asking what the caller may see")
_ITSELF = unscoped("who has just proven to be this user may leave a mark on it")
_JUDGED_BY_ITS_USER = unscoped("a session is judged by whether its user is visible")


class NewSession(NamedTuple):
    """A session at its beginning: the only time its token is known."""

    id: UUID
    token: str
    user_id: UUID
    method: str
    address: str
    user_agent: str
    create_time: datetime
    last_used_time: datetime
    expire_time: datetime


async def open_session(
    tx: Tx, user: User, method: str, address: str, user_agent: str, *, action: str = "sign_in"
) -> NewSession:
    """A session of this user with a token never used before; what ended long ago is cleared away.

    ``action``: what the audit trail calls it.
    """
    agent = user_agent[:AGENT_LIMIT]
    new = NewSession(
        tx.new_id(), new_token(), user.id, method, address[:AGENT_LIMIT], agent, tx.now, tx.now, tx.now + LASTS
    )
    facts = new._asdict()
    await tx.session.execute(delete(session).where(session.c.expire_time <= tx.now))
    await tx.session.execute(insert(session).values(token_digest=digest(facts.pop("token")), **facts))
    # Not through the entity: signing in is no change of the person that others' etags should notice.
    seen = update(User).where(User.id == user.id).values(last_sign_in_time=tx.now)
    await tx.session.execute(seen.execution_options(synchronize_session=False, **_ITSELF))
    details = {"method": method, "session": str(new.id)}
    me = {"actor": f"user:{user.id}", "address": new.address, "unit_path": user.unit_path}
    note(tx, action, User.__tablename__, user.id, details=details, **me)
    return new


async def use_session(call: Call, token_digest: bytes) -> Caller:
    """Whose token it is; Unauthenticated when it is unknown, over or its user is cut off."""
    columns = User.__table__.c
    statement = (
        select(session.c.id, session.c.user_id, session.c.last_used_time)
        .join_from(session, User.__table__, columns.id == session.c.user_id)
        .where(
            session.c.token_digest == token_digest,
            _alive(call.now),
            columns.disabled.is_(False),
            columns.delete_time.is_(None),
        )
    )
    async with call.db.connect() as connection:
        row = (await connection.execute(statement, execution_options=_OF_ANYBODY)).one_or_none()
    if row is None:
        raise Unauthenticated
    if row.last_used_time <= call.now - TOUCHED_EVERY:
        async with begin(call) as tx:
            touched = update(session).where(session.c.id == row.id, session.c.last_used_time < tx.now)
            await tx.session.execute(touched.values(last_used_time=tx.now))
    return Caller(row.user_id, session_id=str(row.id))


async def list_sessions(call: Call, user_id: str, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Living sessions of the caller, or of another user the caller may see, newest first, older than ``before``."""
    whose = await _whose(call, user_id)
    statement = select(session).where(session.c.user_id == whose, _alive(call.now))
    if before is not None:
        statement = statement.where(session.c.id < before)
    async with call.db.connect() as connection:
        return (await connection.execute(statement.order_by(session.c.id.desc()).limit(limit))).all()


async def end_session(call: Call, session_id: str) -> None:
    """Ends it everywhere within seconds; ``current`` is the caller's. NotFound when the caller may not see its user."""
    if session_id == CURRENT:
        session_id = call.principal.session_id
        if not session_id:
            return
    try:
        key = UUID(session_id)
    except ValueError as error:
        raise NotFound(resource="session", id=session_id) from error
    async with begin(call) as tx:
        found = select(session.c.user_id).where(session.c.id == key)
        owner = (await tx.session.execute(found)).scalar_one_or_none()
        if owner is None or not await _may_see(tx, owner):
            raise NotFound(resource="session", id=session_id)
        note(tx, "sign_out", User.__tablename__, owner, details={"session": session_id})
        await _end(tx, session.c.id == key)


async def end_sessions_of(tx: Tx, user_id: UUID) -> None:
    """Every session of a user ends: the password changed, or the person is cut off."""
    note(tx, "sign_out", User.__tablename__, user_id, details={"session": "all"})
    await _end(tx, session.c.user_id == user_id)


async def _end(tx: Tx, which: ColumnElement[bool]) -> None:
    ended = (await tx.session.execute(delete(session).where(which).returning(session.c.id))).scalars().all()
    if ended:
        epoch = await next_epoch(tx)
        facts = [BatchItem(one, 1, events.AccessChanged(ids=[str(one)], epoch=epoch)) for one in ended]
        await tx.publish_many("session", facts)


async def _whose(call: Call, user_id: str) -> UUID:
    me = call.principal.user_id
    whose = parse_id(User, user_id) if user_id else me
    if whose is None:
        raise Unauthenticated
    async with begin(call) as tx:
        if not await _may_see(tx, whose):
            raise NotFound(resource=User.__tablename__, id=user_id)
    return whose


async def _may_see(tx: Tx, user_id: UUID) -> bool:
    if user_id == tx.principal.user_id:
        return True
    if tx.call.scope <= Scope.OWN:
        return False
    statement = select(User.id).where(User.id == user_id, visible(tx.call, User))
    return (await tx.session.execute(statement.execution_options(**_JUDGED_BY_ITS_USER))).first() is not None


def _alive(now: datetime) -> ColumnElement[bool]:
    return (session.c.expire_time > now) & (session.c.last_used_time > alive_since(now))

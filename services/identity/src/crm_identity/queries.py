"""Reads that are more than a list."""

from sqlalchemy import select

from crm_identity.domain.user import User, session
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import Unauthenticated


async def user_of_token(call: Call, token_digest: bytes) -> tuple[User, str]:
    """Who a token belongs to and in which session; Unauthenticated when it is unknown, ended or its user disabled."""
    why = unscoped("finding out who calls comes before asking what the caller may see")
    columns = User.__table__.c
    statement = (
        select(*columns, session.c.id.label("session_id"))
        .join_from(session, User.__table__, columns.id == session.c.user_id)
        .where(
            session.c.token_digest == token_digest,
            session.c.expire_time > call.now,
            columns.disabled.is_(False),
            columns.delete_time.is_(None),
        )
    )
    async with call.db.connect() as connection:
        row = (await connection.execute(statement, execution_options=why)).one_or_none()
    if row is None:
        raise Unauthenticated
    return row, str(row.session_id)  # type: ignore[return-value]

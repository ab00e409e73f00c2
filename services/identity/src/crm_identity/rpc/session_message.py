"""A session as the API shows it."""

from typing import Any

from crm.identity.v1 import session_pb2

from crm_kit.mapping import timestamp


def session_message(session: Any, *, token: str = "", current: str = "") -> session_pb2.Session:
    """The message of a session or its row; ``token`` right after signing in only, ``current`` is the caller's."""
    return session_pb2.Session(
        id=str(session.id),
        user_id=str(session.user_id),
        method=session.method,
        token=token,
        address=session.address,
        user_agent=session.user_agent,
        create_time=timestamp(session.create_time),
        last_used_time=timestamp(session.last_used_time),
        expire_time=timestamp(session.expire_time),
        current=bool(current) and str(session.id) == current,
    )

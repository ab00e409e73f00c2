"""Signed-in sessions: a token of 256 random bits, of which only the SHA-256 is kept."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text, Uuid

from crm_identity.domain.record import Record

LASTS = timedelta(hours=12)
"""After this a session is over, however busy."""

IDLE = timedelta(minutes=30)
"""Without use for this long a session is over."""

TOUCHED_EVERY = timedelta(minutes=1)
"""The last use is known to the minute, so that a busy session costs one write a minute."""

BY_PASSWORD = "password"  # noqa: S105 - the name of a method
AGENT_LIMIT = 300
_TOKEN_BYTES = 32

session = Table(
    "session",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_digest", LargeBinary, nullable=False, unique=True),
    Column("user_id", Uuid, nullable=False),
    # ``password`` or the code of the identity provider
    Column("method", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("last_used_time", DateTime(timezone=True), nullable=False),
    Column("expire_time", DateTime(timezone=True), nullable=False),
    Index("ix_session_user_id", "user_id", "id"),
    Index("ix_session_expire_time", "expire_time"),
)


def new_token() -> str:
    """43 characters of base64url."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest(token: str) -> bytes:
    """How a token is looked up."""
    return sha256(token.encode()).digest()


def alive_since(now: datetime) -> datetime:
    """Sessions used at or before this instant have ended."""
    return now - IDLE

"""People who sign in, and their sessions."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record

SHORTEST_PASSWORD = 12
SESSION_LASTS = timedelta(hours=12)
ATTEMPTS = 10
LOCKED_FOR = timedelta(minutes=15)

_hasher = PasswordHasher()


class User(Record):
    """A person who signs in."""

    __tablename__ = "user_account"

    login: Mapped[str] = mapped_column(default="")
    display_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[UUID] = mapped_column(default=None)
    roles: Mapped[list[str]] = mapped_column(default_factory=list)
    language: Mapped[str] = mapped_column(default="zh-CN")
    disabled: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str] = mapped_column(default="")
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        Index("uq_user_account_login", text("lower(login)"), unique=True),
        Index("ix_user_account_unit_path", "unit_path", "id"),
    )

    def set_password(self, password: str) -> None:
        """Keep what proves the password, never the password."""
        self.password_hash = _hasher.hash(password)

    def proves(self, password: str) -> bool:
        """Whether it is the password; takes the same time for a user without one."""
        try:
            return _hasher.verify(self.password_hash or _DECOY, password) and bool(self.password_hash)
        except (VerificationError, InvalidHashError):
            return False

    def failed(self, now: datetime) -> None:
        """One wrong password more; too many lock the account for a while."""
        self.failed_attempts += 1
        if self.failed_attempts >= ATTEMPTS:
            self.locked_until, self.failed_attempts = now + LOCKED_FOR, 0

    def may_try(self, now: datetime) -> bool:
        return not self.disabled and (self.locked_until is None or self.locked_until <= now)


_DECOY = _hasher.hash("nobody's password")

session = Table(
    "session",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_digest", LargeBinary, nullable=False, unique=True),
    Column("user_id", Uuid, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("expire_time", DateTime(timezone=True), nullable=False),
    Index("ix_session_user_id", "user_id"),
    Index("ix_session_expire_time", "expire_time"),
)
"""Signed-in sessions; the token itself is never stored."""


def digest(token: str) -> bytes:
    """How a token is looked up."""
    return sha256(token.encode()).digest()

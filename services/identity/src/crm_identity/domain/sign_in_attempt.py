"""A sign-in at a provider that was begun and not ended: ten minutes, once, by the browser that began it.

What the provider and the browser are given is not kept: of the state only the SHA-256, and nonce and PKCE verifier are
derived from the state with a key of this process.
"""

import re
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text, Uuid

from crm_identity.domain.record import Record
from crm_kit.errors import Unauthenticated

LASTS = timedelta(minutes=10)
HOME = "/"
_LONGEST_PLACE = 2000
_PLACE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")

sign_in_attempt = Table(
    "sign_in_attempt",
    Record.metadata,
    Column("state_digest", LargeBinary, primary_key=True),
    Column("browser_digest", LargeBinary, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("return_to", Text, nullable=False),
    Column("expire_time", DateTime(timezone=True), nullable=False),
    Index("ix_sign_in_attempt_expire_time", "expire_time"),
)


class SignInRefused(Unauthenticated):
    """The provider's answer does not open a session here. Facts: why, why_zh (the same in Chinese)."""

    en = "Signing in did not work: {why}"
    zh = "登录失败：{why_zh}"

    def __init__(self, reason: str, en: str, zh: str) -> None:
        self._reason = reason
        super().__init__(why=en, why_zh=zh)

    @property
    def reason(self) -> str:
        return self._reason

    @property
    def metadata(self) -> dict[str, str]:
        return {}


def digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def safe_place(return_to: str) -> str:
    """A path of this platform; anything that could lead a browser elsewhere becomes the start page."""
    return return_to if len(return_to) <= _LONGEST_PLACE and _PLACE.fullmatch(return_to) else HOME

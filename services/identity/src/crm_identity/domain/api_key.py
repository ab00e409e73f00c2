"""API keys: ``trb_live_<kid 12>_<secret 43>_<checksum 6>``, each part in base62.

The secret has 256 random bits, so an HMAC with a key of this process is enough to keep; the checksum lets scanners
find leaked keys and lets mistyped ones be refused without asking the database.
"""

import ipaddress
import re
import secrets
import string
import zlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.contract import Contract
from crm_identity.domain.grants import Grants
from crm_identity.domain.record import Record
from crm_kit.entity import scope_index
from crm_kit.errors import FailedPrecondition, Violation
from crm_kit.principal import Scope

SCHEME = "trb_live"
KID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 12, 43, 6
LONGEST_LIFE = timedelta(days=366)
LONGEST_OVERLAP_DAYS = 30
TOUCHED_EVERY = timedelta(minutes=1)
RATES = {"standard": 20, "bulk": 100}
"""Requests a key of each rate class may make in a second, over all processes of the edge."""
SCOPES = (Scope.OWN, Scope.UNIT, Scope.SUBTREE)
MOST_GRANTS, MOST_NETWORKS = 100, 100
_BASE62 = string.digits + string.ascii_letters
_FORM = re.compile(rf"({SCHEME}_([0-9A-Za-z]{{12}})_([0-9A-Za-z]{{43}}))_([0-9A-Za-z]{{6}})")


class ApiKeyEnded(FailedPrecondition):
    """Nothing can be done with a revoked key. Facts: id."""

    en = "This key was revoked for good. Make a new one."
    zh = "此密钥已被永久撤销，请新建密钥。"


class ApiKey(Record):
    """A secret with which a partner's system, or a person's command line, calls the API."""

    __tablename__ = "api_key"

    name: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[UUID] = mapped_column(default=None)
    user_id: Mapped[UUID | None] = mapped_column(default=None)
    grants: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    allowed_networks: Mapped[list[str]] = mapped_column(default_factory=list)
    rate_class: Mapped[str] = mapped_column(default="standard")
    expire_time: Mapped[datetime] = mapped_column(default=None)
    kid: Mapped[str] = mapped_column(default="")
    secret_mark: Mapped[bytes] = mapped_column(default=b"")
    former_secret_mark: Mapped[bytes | None] = mapped_column(default=None)
    former_secret_expire_time: Mapped[datetime | None] = mapped_column(default=None)
    revoke_time: Mapped[datetime | None] = mapped_column(default=None)
    revoke_reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index("uq_api_key_kid", "kid", unique=True),
        Index("ix_api_key_user_id", "user_id"),
        scope_index("api_key"),
    )

    @property
    def prefix(self) -> str:
        return f"{SCHEME}_{self.kid}"

    def rotate(self, mark: bytes, until: datetime, now: datetime) -> None:
        """A new secret; the one before works until then."""
        self._require_active()
        self.former_secret_mark, self.former_secret_expire_time = self.secret_mark, until
        if until <= now:
            self.former_secret_mark = self.former_secret_expire_time = None
        self.secret_mark = mark

    def revoke(self, reason: str, now: datetime) -> None:
        """It ends, for good."""
        self._require_active()
        self.revoke_time, self.revoke_reason = now, reason

    def require_changeable(self) -> None:
        self._require_active()

    def _require_active(self) -> None:
        if self.revoke_time is not None:
            raise ApiKeyEnded(id=self.id)

    @property
    def rights(self) -> Grants:
        """What it may do, as the rest of identity writes it."""
        return tuple((one["permission"], Scope[one["scope"].upper()]) for one in self.grants)

    def faults(self, contract: Contract, now: datetime) -> list[Violation]:
        """What is wrong with what its maker wants of it."""
        wrong: list[Violation] = []
        for grant in self.grants[:MOST_GRANTS]:
            pattern, scope = grant.get("permission", ""), grant.get("scope", "")
            if not contract.grantable(pattern):
                en, zh = f"{pattern[:60]!r} is no permission or pattern.", f"“{pattern[:60]}”不是权限或权限模式。"
                wrong.append(Violation("grants", "UNKNOWN_PERMISSION", en, zh))
            if scope not in [one.name.lower() for one in SCOPES]:
                wrong.append(
                    Violation(
                        "grants", "UNKNOWN_SCOPE", "Choose own, unit or subtree.", "请选择 own、unit 或 subtree。"
                    )
                )
        if not self.grants or len(self.grants) > MOST_GRANTS:
            wrong.append(
                Violation("grants", "REQUIRED", f"Give 1 to {MOST_GRANTS}.", f"请填写 1 到 {MOST_GRANTS} 项。")
            )
        for text in self.allowed_networks[:MOST_NETWORKS]:
            if _network(text) is None:
                en, zh = (
                    f"{text[:60]!r} is no network like 203.0.113.0/24.",
                    f"“{text[:60]}”不是形如 203.0.113.0/24 的网段。",
                )
                wrong.append(Violation("allowed_networks", "NOT_A_NETWORK", en, zh))
        if len(self.allowed_networks) > MOST_NETWORKS:
            wrong.append(
                Violation("allowed_networks", "TOO_MANY", f"At most {MOST_NETWORKS}.", f"最多 {MOST_NETWORKS} 个。")
            )
        if self.rate_class not in RATES:
            wrong.append(
                Violation("rate_class", "UNKNOWN_VALUE", "Choose standard or bulk.", "请选择 standard 或 bulk。")
            )
        if not now < self.expire_time <= now + LONGEST_LIFE:
            en = "Choose a time between now and a year from now."
            wrong.append(Violation("expire_time", "OUT_OF_RANGE", en, "请选择从现在起一年以内的时间。"))
        return wrong

    def admits(self, address: str) -> bool:
        """Whether it may be used from this address."""
        if not self.allowed_networks:
            return True
        try:
            caller = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(caller, ipaddress.IPv6Address) and caller.ipv4_mapped is not None:
            caller = caller.ipv4_mapped
        return any(caller in network for network in map(_network, self.allowed_networks) if network is not None)


api_key_use = Table(
    "api_key_use",
    Record.metadata,
    Column("api_key_id", Uuid, primary_key=True),
    Column("last_used_time", DateTime(timezone=True), nullable=False),
    Column("last_used_address", Text, nullable=False),
)
"""Apart from the key: its use is no change of it, and would fill its history."""


api_key_rate = Table(
    "api_key_rate",
    Record.metadata,
    Column("api_key_id", Uuid, primary_key=True),
    Column("second", DateTime(timezone=True), nullable=False),
    Column("most", Integer, nullable=False),
    Column("granted", Integer, nullable=False),
    # A second is over before a crash is: nothing of it is worth a log.
    prefixes=["UNLOGGED"],
)
"""Requests granted to each key in the last second it was used in."""


def state_of(key: Any, now: datetime) -> str:
    """``ACTIVE``, ``EXPIRED`` or ``REVOKED``, of an entity or its row."""
    if key.revoke_time is not None:
        return "REVOKED"
    return "EXPIRED" if key.expire_time <= now else "ACTIVE"


def new_kid() -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(KID_LENGTH))


def new_secret() -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(SECRET_LENGTH))


def written(kid: str, secret: str) -> str:
    """The whole key, as its holder gets it."""
    body = f"{SCHEME}_{kid}_{secret}"
    return f"{body}_{_checksum(body)}"


def taken_apart(text: str) -> tuple[str, str] | None:
    """kid and secret; None when the text was never one of our keys."""
    match = _FORM.fullmatch(text)
    if match is None or _checksum(match[1]) != match[4]:
        return None
    return match[2], match[3]


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_BASE62))
        digits = _BASE62[digit] + digits
    return digits


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None

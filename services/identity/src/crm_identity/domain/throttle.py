"""How often signing in may be tried: per account and per address, with growing delays, counted before the password is
looked at, so that tries at the same time count as well.

Whoever signed in from an address before is counted apart there: a stranger who guesses at an account cannot lock its
owner out. An unknown login is counted like a known one, so that a delay tells nothing.
"""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, LargeBinary, Table

from crm_identity.domain.record import Record
from crm_kit.errors import ResourceExhausted

LONGEST_DELAY = timedelta(minutes=15)
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Patience:
    """``free`` tries come without delay, then each waits twice as long; one try is forgotten per ``forgets``."""

    free: int
    forgets: timedelta


ACCOUNT = Patience(free=5, forgets=timedelta(hours=1))
ADDRESS = Patience(free=50, forgets=timedelta(minutes=1))
"""An office shares one address."""

throttle = Table(
    "sign_in_throttle",
    Record.metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("tries", Integer, nullable=False),
    # Whether this account was once signed in to from this address.
    Column("trusted", Boolean, nullable=False),
    Column("last_time", DateTime(timezone=True), nullable=False),
    Column("open_time", DateTime(timezone=True), nullable=False),
    Index("ix_sign_in_throttle_last_time", "last_time"),
)


class TooManyTries(ResourceExhausted):
    """Wrong passwords came too fast, for this account or from this address. Facts: seconds."""

    en = "Too many tries. Wait {seconds} seconds, then try again."
    zh = "尝试次数过多，请在 {seconds} 秒后重试。"


def account_key(login: str) -> bytes:
    return _key("account", login.strip().lower())


def pair_key(login: str, address: str) -> bytes:
    return _key("pair", login.strip().lower(), network(address))


def address_key(address: str) -> bytes:
    return _key("address", network(address))


def network(address: str) -> str:
    """Who shares a fate: one IPv4 address, one IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _key(*parts: str) -> bytes:
    return sha256("\0".join(parts).encode()).digest()

"""Where a request comes from: the connection, or what a trusted proxy in front says; nobody else is believed."""

import ipaddress
from collections.abc import Sequence

from flask import Request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST_HOPS = 20


def networks(text: str) -> tuple[Network, ...]:
    """``10.0.0.0/8,192.168.1.7``; raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def caller_address(http: Request, proxies: Sequence[Network]) -> str:
    """The nearest address that is no proxy of ours; empty when the connection has none (a socket of this machine)."""
    address = http.remote_addr or ""
    hops = http.headers.get("X-Forwarded-For", "").split(",") if proxies else []
    for hop in reversed(hops[-_MOST_HOPS:]):
        if not _among(address, proxies):
            break
        try:
            address = str(ipaddress.ip_address(hop.strip()))
        except ValueError:
            break
    return address


def _among(address: str, proxies: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in proxies)

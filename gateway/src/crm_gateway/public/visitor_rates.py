"""How often a public page may be asked for and sent: per address, and per page.

Counted in the process that answers, before any service is asked: whoever is over the limit costs nothing but the page
that says so. With several processes of the edge, each lets this much through.
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from typing import Final, NamedTuple

_KNOWN: Final = 50_000
ADDRESS_BITS: Final = 64


class Rate(NamedTuple):
    """``most`` at once; one more every ``seconds / most``."""

    most: int
    seconds: float


ASKED_BY_ADDRESS: Final = Rate(120, 60)
SENT_BY_ADDRESS: Final = Rate(10, 300)
SENT_TO_PAGE: Final = Rate(300, 60)


class VisitorRates:
    """A bucket for each address on each page and one for each page; the longest unused are forgotten."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, page: str, address: str) -> int:
        """0 when the page may be shown, else the seconds to wait."""
        return self._take({("ask", page, network(address)): ASKED_BY_ADDRESS})

    def send(self, page: str, address: str) -> int:
        """0 when the page may be sent, else the seconds to wait."""
        return self._take({("send", page, network(address)): SENT_BY_ADDRESS, ("send", page): SENT_TO_PAGE})

    def _take(self, wanted: dict[tuple[str, ...], Rate]) -> int:
        """One of each, or nothing where one of them is empty."""
        now = time.monotonic()
        with self._lock:
            left = {key: self._left(key, rate, now) for key, rate in wanted.items()}
            waits = [(1 - left[key]) * rate.seconds / rate.most for key, rate in wanted.items() if left[key] < 1]
            for key in wanted:
                self._buckets[key] = (left[key] - (not waits), now)
                self._buckets.move_to_end(key)
            while len(self._buckets) > _KNOWN:
                self._buckets.popitem(last=False)
        return math.ceil(max(waits, default=0))

    def _left(self, key: tuple[str, ...], rate: Rate, now: float) -> float:
        left, then = self._buckets.get(key, (float(rate.most), now))
        return min(float(rate.most), left + (now - then) * rate.most / rate.seconds)


def network(address: str) -> str:
    """Who shares a fate: one IPv4 address, one IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, ADDRESS_BITS), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)

"""How much of a table a scope holds, few records or many: what a list is found by depends on it, what it shows never."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

KNOWN_SECONDS = 600.0
"""How long a scope that fills or empties goes on being read the way that suited it."""
_MOST = 10_000


class Widths:
    """What was measured of the scopes that were asked about lately; each is measured at most once in ten minutes."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[bool, float]] = OrderedDict()

    async def is_wide(self, scope: Hashable, measure: Callable[[], Awaitable[bool]]) -> bool:
        """Whether the scope holds many records."""
        known = self._known.get(scope)
        if known is None or known[1] < time.monotonic():
            known = self._known[scope] = await measure(), time.monotonic() + KNOWN_SECONDS
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return known[0]

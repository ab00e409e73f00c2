"""How many calls are at work at once: some more wait in line for a moment, and what the line cannot hold is refused."""

import asyncio

from crm_kit.errors import Overloaded

PATIENCE_SECONDS = 1.0
"""How long a call waits for its turn before it is refused."""


class Turns:
    """``at_once`` calls at work and as many in line.

    A line no longer than the number at work keeps the wait of whoever is let in near the time of one call, however
    many knock: the others are refused before they have cost anything, and what was let in is served.
    """

    def __init__(self, at_once: int) -> None:
        self.most_waiting, self.waiting = at_once, 0
        self._free = asyncio.Semaphore(at_once)

    async def take(self) -> None:
        """Come to work, first come first served; Overloaded when the line is full or moves too slowly."""
        if not self._free.locked():
            await self._free.acquire()
            return
        if self.waiting >= self.most_waiting:
            raise Overloaded
        self.waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded from None
        finally:
            self.waiting -= 1

    def leave(self) -> None:
        self._free.release()

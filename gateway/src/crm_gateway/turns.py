"""How many requests one worker answers side by side: some more wait in line, and what the line cannot hold is refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from crm_gateway.problems import Problem

PATIENCE_SECONDS = 3.0
"""How long a request waits for its turn before it is refused."""
LINE = 4
"""So many times as many as are answered side by side may wait: a page of the console asks for ten things at once."""


class Turns:
    """``at_once`` requests at work, ``LINE`` times as many waiting; the others are refused before they cost anything."""

    def __init__(self, at_once: int) -> None:
        self.most_waiting, self.waiting = LINE * at_once, 0
        self._free = threading.BoundedSemaphore(at_once)
        self._counting = threading.Lock()

    @contextmanager
    def taken(self, *, patient: bool = False) -> Iterator[None]:
        """One turn; a 503 problem with Retry-After when the line is full or moves too slowly.

        ``patient``: wait however long it takes, for what is bounded elsewhere.
        """
        if patient:
            self._free.acquire()
        elif not self._free.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._free.release()

    def _wait(self) -> None:
        with self._counting:
            if self.waiting >= self.most_waiting:
                raise _overloaded()
            self.waiting += 1
        try:
            if not self._free.acquire(timeout=PATIENCE_SECONDS):
                raise _overloaded()
        finally:
            with self._counting:
                self.waiting -= 1


def _overloaded() -> Problem:
    return Problem(
        503,
        "OVERLOADED",
        "The system is busy right now. Nothing was done; try again in a moment.",
        "系统当前繁忙，本次请求未执行，请稍后重试。",
        headers={"Retry-After": "1"},
    )

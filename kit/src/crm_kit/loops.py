"""Loops that work until told to stop, and rest without missing a signal."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

LONGEST_BACK_OFF_SECONDS = 5.0


async def rest(seconds: float, *signals: asyncio.Event) -> None:
    """Sleep until one of the signals is set, at most ``seconds``."""
    if any(signal.is_set() for signal in signals):
        return
    waits = [asyncio.ensure_future(signal.wait()) for signal in signals]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def repeat(
    work: Callable[[], Awaitable[float]], stop: asyncio.Event, *, name: str, wake: asyncio.Event | None = None
) -> None:
    """Call ``work`` until ``stop``; it answers how many seconds to rest, 0 when there is more to do at once.

    A failure is logged and followed by a growing rest: a database or broker that is away must not end the loop.
    """
    failures = 0
    signals = (stop,) if wake is None else (stop, wake)
    while not stop.is_set():
        try:
            seconds = await work()
            failures = 0
        except Exception:
            failures += 1
            seconds = back_off(failures)
            log.exception("%s failed %d times in a row; next try in %.1f s", name, failures, seconds)
            await rest(seconds, stop)
            continue
        if seconds > 0:
            await rest(seconds, *signals)
        else:
            await asyncio.sleep(0)


def back_off(failures: int, longest: float = LONGEST_BACK_OFF_SECONDS) -> float:
    """Seconds before the next try after so many failures in a row: doubling from 0.2, with jitter."""
    return float(min(longest, 0.1 * 2.0 ** min(failures, 30))) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter

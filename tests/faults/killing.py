"""Faults by the seed: which process dies when."""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import httpx

RECOVERY_SECONDS = 30.0
"""On a machine of our own; one that others keep busy gives us a share of its time."""


def patience(seconds: float) -> float:
    """So many seconds of an idle machine."""
    return seconds * min(3.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


class Victims(Protocol):
    """The processes of a running platform."""

    @property
    def url(self) -> str: ...

    def pid(self, name: str) -> int: ...

    def kill(self, name: str) -> None: ...


@dataclass
class Killer:
    """Kills processes as a crash does; the supervisor starts them again."""

    platform: Victims
    rng: random.Random
    killed: list[tuple[float, str]] = field(default_factory=list)
    gone: dict[str, int] = field(default_factory=dict)
    """The process of each name that was killed last."""

    async def kill(self, names: Sequence[str], times: int, *, pause: tuple[float, float]) -> None:
        """End ``times`` processes picked from ``names``, evenly, with a random pause in seconds before each."""
        order: list[str] = []
        while len(order) < times:
            order += self.rng.sample(list(names), len(names))
        for name in order[:times]:
            await asyncio.sleep(self.rng.uniform(*pause))
            await self.kill_one(name)

    async def kill_one(self, name: str) -> None:
        """End a process; one that is down already stays down, and the file that names it may be half-written."""
        with suppress(ProcessLookupError, ValueError):
            self.gone[name] = self.platform.pid(name)
            self.platform.kill(name)
            self.killed.append((time.time(), name))

    async def replaced(self) -> None:
        """Wait until others run in the place of those that were killed: a worker of the dead may answer for a moment."""
        until = time.monotonic() + patience(RECOVERY_SECONDS)
        while same := [name for name, pid in self.gone.items() if self._is(name, pid)]:
            assert time.monotonic() < until, f"{same} were not started again"
            await asyncio.sleep(0.1)

    def _is(self, name: str, pid: int) -> bool:
        with suppress(ValueError, FileNotFoundError):
            return self.platform.pid(name) == pid
        return True

    async def keep_down(self, name: str, seconds: float) -> None:
        """Kill a process again as soon as it is back, for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self.kill_one(name)
            await asyncio.sleep(0.02)


async def recovered(url: str, token: str, paths: Sequence[str]) -> float:
    """Seconds until every path answers again, at most ``RECOVERY_SECONDS`` or the test fails."""
    most = patience(RECOVERY_SECONDS)
    started = time.monotonic()
    waiting = list(paths)
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=5) as http:
        while waiting:
            with suppress(httpx.TransportError):
                if (await http.get(waiting[0])).is_success:
                    waiting.pop(0)
                    continue
            took = time.monotonic() - started
            assert took < most, f"{waiting} do not answer {took:.0f} s after the last fault"
            await asyncio.sleep(0.1)
    return time.monotonic() - started

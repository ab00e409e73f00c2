"""What the machine can do at best: pgbench, and the same statements by the bare driver."""

import asyncio
import re
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]
from measuring import tree_seconds

from crm_kit.testing.processes import identity
from crm_kit.testing.servers import PostgresServer

SCALE, CLIENTS = 10, 16


class Driver:
    """One connection of the bare driver in this process; its CPU counts as the caller's."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.connection: asyncpg.Connection = self.loop.run_until_complete(asyncpg.connect(url))

    def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        return self.loop.run_until_complete(self.connection.fetch(statement, *values))

    def repeat(self, statement: str, arguments: Sequence[Sequence[Any]]) -> int:
        """The prepared statement once for every set of arguments."""

        async def work() -> int:
            prepared = await self.connection.prepare(statement)
            for values in arguments:
                await prepared.fetch(*values)
            return len(arguments)

        return self.loop.run_until_complete(work())

    def run(self, work: Callable[[asyncpg.Connection], Awaitable[int]]) -> int:
        return self.loop.run_until_complete(work(self.connection))

    def close(self) -> None:
        self.loop.run_until_complete(self.connection.close())
        self.loop.close()


class Pgbench:
    """The reference `pgbench -S -c 16` against a scratch database: transactions per second and their CPU µs."""

    def __init__(self, server: PostgresServer, database: str) -> None:
        self.server, self.database = server, database
        self.tps: list[float] = []
        self.us: list[float] = []
        self._run("-i", "-s", str(SCALE), "-q")

    @property
    def middle(self) -> float:
        """CPU µs per transaction, client and server, so far."""
        return statistics.median(self.us)

    def measure(self, seconds: int) -> None:
        """One more sample."""
        assert self.server.child is not None
        before, ended = tree_seconds(self.server.child.pid), _children_seconds()
        said = self._run("-S", "-c", str(CLIENTS), "-T", str(seconds))
        # Its sixteen backends end after it, and their time is read when the server has waited for them.
        time.sleep(0.3)
        spent = tree_seconds(self.server.child.pid) - before + _children_seconds() - ended
        count = int(re.search(r"transactions actually processed: (\d+)", said)[1])  # type: ignore[index]
        self.tps.append(float(re.search(r"tps = ([\d.]+)", said)[1]))  # type: ignore[index]
        self.us.append(spent * 1e6 / count)

    def _run(self, *arguments: str) -> str:
        address = ["-h", "127.0.0.1", "-p", str(self.server.port), "-U", "postgres", self.database]
        command = [str(Path(self.server.bin) / "pgbench"), *arguments, *address]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd="/", **identity(self.server.user)
        )  # type: ignore[call-overload]
        return str(done.stdout)


def _children_seconds() -> float:
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)

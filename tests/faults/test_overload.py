"""C-24: eight times as many as a service can let in; who is let in is served, the rest is refused, nothing grows."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import psutil  # type: ignore[import-untyped]

from crm_kit.errors import DeadlineExceeded, Unavailable
from crm_kit.keys import Keys
from crm_kit.principal import Scope
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import Channels, RemoteError
from crm_kit.settings import ProcessSettings
from crm_kit.testing.service import somebody
from crm_local.readiness import grpc_ready

from .killing import patience

LIST = "crm.leads.v1.LeadService/ListLeads"
OVERLOADED = "OVERLOADED"
CALLER = replace(somebody(scope=Scope.ALL), epoch=1 << 60)
"""Somebody whose rights no other scenario on this platform changes."""
CAPACITY = 20
"""Calls a service with the usual pool lets in at once; as many may wait."""
GROWTH = 96 * 1024 * 1024
"""Bytes a process may be larger after the crowd than before it: buffers of connections, once."""


class Crowd:
    """Callers of one service; what each was told, and how long those who were refused waited for that."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self.answers: Counter[str] = Counter()
        self.refused_in: list[float] = []

    async def ask(self, callers: int) -> None:
        """So many at once, each one question."""
        await asyncio.gather(*(self._caller() for _ in range(callers)))

    async def _caller(self) -> None:
        began = time.monotonic()
        answer = await self.one()
        self.answers[answer] += 1
        if answer == OVERLOADED:
            self.refused_in.append(time.monotonic() - began)

    async def one(self) -> str:
        method = descriptors.method(LIST)
        try:
            await self._channels.call("leads", LIST, method.request_type(), method.response_type, principal=CALLER)
        except RemoteError as refused:
            return refused.reason
        except (Unavailable, DeadlineExceeded) as failed:
            return failed.reason
        return "OK"


async def test_beyond_its_capacity_a_service_serves_whom_it_lets_in_and_refuses_the_rest(platform: Any) -> None:
    keys = Keys.load(platform.run_dir / "keys" / "gateway", "gateway")
    channels = Channels({"leads": platform.address("leads")}, keys)
    process = psutil.Process(platform.pid("leads"))
    usual, crowd = Crowd(channels), Crowd(channels)
    try:
        await usual.ask(CAPACITY)
        before = process.memory_info().rss
        async with _held(platform):
            asking = asyncio.create_task(crowd.ask(CAPACITY * 8))
            until = time.monotonic() + patience(10)
            while crowd.answers[OVERLOADED] < CAPACITY * 7 and time.monotonic() < until:
                assert await grpc_ready(platform.address("leads"))
                await asyncio.sleep(0.1)
        await asking
        grown, connections = process.memory_info().rss - before, await _connections(platform)
        assert await usual.one() == "OK"
    finally:
        await channels.close()
    assert usual.answers == {"OK": CAPACITY}
    assert set(crowd.answers) == {"OK", OVERLOADED}, crowd.answers
    # Reads and writes have half of the connections each: on a slow machine those in want of one give up, too.
    assert CAPACITY // 2 <= crowd.answers["OK"] <= CAPACITY, crowd.answers
    assert sorted(crowd.refused_in)[CAPACITY * 3] < patience(1)
    assert grown < GROWTH, f"{grown:,} bytes"
    assert connections <= _most_connections()


async def test_the_gateway_says_that_it_is_busy_and_when_to_come_back(platform: Any, api: Any) -> None:
    limits = httpx.Limits(max_connections=200)
    headers = {"Authorization": f"Bearer {api.token}"}
    async with httpx.AsyncClient(base_url=platform.url, headers=headers, limits=limits, timeout=30) as http:
        answers = await asyncio.gather(*(http.get("/v1/leads") for _ in range(200)))
        said = Counter(answer.status_code for answer in answers)
        assert set(said) <= {200, 503}, said
        assert said[200] >= 16
        for answer in answers:
            if answer.status_code == 503:
                assert (answer.json()["reason"], answer.headers["Retry-After"]) == (OVERLOADED, "1")
        assert (await http.get("/v1/leads")).status_code == 200


@asynccontextmanager
async def _held(platform: Any) -> AsyncIterator[None]:
    """Whoever asks for leads waits: the service is as busy as it can be, on a slow machine and on a fast one."""
    connection = await asyncpg.connect(platform.database_url("leads"))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE lead IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def _connections(platform: Any) -> int:
    connection = await asyncpg.connect(platform.database_url("leads"))
    try:
        return int(await connection.fetchval(_OPEN))
    finally:
        await connection.close()


def _most_connections() -> int:
    """Three pools, what listens and what watches them beside; the one that counts, too."""
    usual = next(field for field in ProcessSettings.__dataclass_fields__.values() if field.name == "pool_size")
    return 2 * int(usual.metadata["default"]) + 4


_OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"

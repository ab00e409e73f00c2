"""C-25: each process of a service is restarted in its turn while people work; nobody is refused anything."""

import asyncio
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from .aftermath import examine
from .audit import Auditor
from .killing import Killer
from .ledger import ACKED, Ledger
from .load import Load
from .replicas import COPIES, Replica, replicated
from .rest import Api
from .scale import Scale

READ = {"identity": "/v1/users", "leads": "/v1/leads", "customers": "/v1/customers", "sales": "/v1/opportunities"}
READ |= {"service-desk": "/v1/tickets", "marketing": "/v1/campaigns", "reporting": "/v1/reports"}


async def test_a_rolling_restart_under_load_fails_no_request(
    platform: Any,
    api: Api,
    ledger: Ledger,
    killer: Killer,
    auditor: Auditor,
    counts: Scale,
    fault_seed: int,
    run: str,
    rng: random.Random,
    tmp_path: Path,
) -> None:
    read: Counter[int] = Counter()
    async with replicated(platform, counts.restarted, tmp_path) as (url, replicas):
        edge = Api(url, api.token)
        async with Load(edge, ledger, run, fault_seed, counts.workers), edge.load(1) as http:
            reading = asyncio.create_task(_read(http, read, [READ[name] for name in counts.restarted]))
            await asyncio.sleep(1)
            for together in _rounds(replicas, rng):
                await asyncio.gather(*(one.restart() for one in together))
                killer.killed += [(time.time(), f"{one.service} at {one.address}") for one in together]
            await asyncio.sleep(1)
            reading.cancel()
        edge.close()
        assert [one.exits for one in replicas] == [[0]] * COPIES * len(counts.restarted)
    failed = [one for one in ledger.operations if one.outcome != ACKED]
    assert not failed, f"{len(failed)} of {len(ledger.operations)} writes failed, the first: {failed[0]}"
    assert set(read) == {200}, read
    assert min(len(ledger.operations), read.total()) > len(replicas)
    await examine(api, ledger, auditor, counts, killer)


async def _read(http: httpx.AsyncClient, read: Counter[int], paths: list[str]) -> None:
    while True:
        for path in paths:
            read[(await http.get(path)).status_code] += 1
            await asyncio.sleep(0.02)


def _rounds(replicas: list[Replica], rng: random.Random) -> list[list[Replica]]:
    """Two services at a time, in a random order; the second process of one goes only when its first is back."""
    copies: dict[str, list[Replica]] = {}
    for one in replicas:
        copies.setdefault(one.service, []).append(one)
    services = rng.sample(sorted(copies), len(copies))
    pairs = [services[start : start + 2] for start in range(0, len(services), 2)]
    return [[copies[name][turn] for name in pair] for pair in pairs for turn in range(COPIES)]

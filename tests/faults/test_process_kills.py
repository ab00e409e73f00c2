"""C-01 and C-02: services and the broker die under load; nothing is lost, doubled or out of order."""

import asyncio
import time

from crm_local.settings import SERVICES

from .aftermath import examine
from .audit import Auditor
from .killing import RECOVERY_SECONDS, Killer, recovered
from .ledger import ACKED, Ledger
from .load import MADE, Load
from .rest import Api
from .scale import Scale

ANSWERING = ("/v1/users", "/v1/leads", "/v1/customers", "/v1/opportunities", "/v1/tickets")
UNDER_LOAD = ("leads", "customers", "sales", "service-desk")


async def test_services_killed_at_random_moments_lose_and_double_nothing(
    api: Api, ledger: Ledger, killer: Killer, auditor: Auditor, counts: Scale, fault_seed: int, run: str
) -> None:
    """Each service is API, relay and consumer in one process: the kill takes all three."""
    async with Load(api, ledger, run, fault_seed, counts.workers):
        await killer.kill(UNDER_LOAD, counts.service_kills, pause=(0.5, 3))
        await recovered(api.url, api.token, ANSWERING)
        await asyncio.sleep(1)
    await examine(api, ledger, auditor, counts, killer)
    assert len(killer.killed) >= counts.service_kills - 1


async def test_the_gateway_and_identity_may_die_too(
    api: Api, ledger: Ledger, killer: Killer, auditor: Auditor, counts: Scale, fault_seed: int, run: str
) -> None:
    async with Load(api, ledger, run, fault_seed, counts.workers):
        await killer.kill(("gateway", "identity"), 2, pause=(0.5, 2))
        await killer.replaced()
        await recovered(api.url, api.token, ANSWERING)
    await examine(api, ledger, auditor, counts, killer)


async def test_requests_go_on_while_the_broker_is_away_and_its_backlog_drains(
    api: Api, ledger: Ledger, killer: Killer, auditor: Auditor, counts: Scale, fault_seed: int, run: str
) -> None:
    async with Load(api, ledger, run, fault_seed, counts.workers):
        await killer.kill(("nats",), counts.broker_kills, pause=(1, 3))
        await killer.keep_down("nats", counts.broker_down_seconds)
        back = time.monotonic()
    failed = [operation for operation in ledger.operations if operation.outcome != ACKED]
    assert not failed, f"{len(failed)} requests failed without the broker, the first: {failed[0]}"
    drained = await auditor.settled(RECOVERY_SECONDS)
    assert not drained, f"{time.monotonic() - back:.0f} s after the broker came back: {drained}"
    await examine(api, ledger, auditor, counts, killer)


def test_the_load_reaches_every_service_that_is_killed() -> None:
    assert {service for service, _, _ in MADE.values()} == set(UNDER_LOAD) <= set(SERVICES)

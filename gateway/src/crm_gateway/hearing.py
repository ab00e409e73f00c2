"""What is heard from the broker beside the threads that serve: rights that ended, and what changes in the records."""

import asyncio
import threading
from collections.abc import Callable

from crm_gateway.live_facts import domains
from crm_gateway.live_feed import Feed
from crm_gateway.live_ring import Ring
from crm_kit.keys import Keys
from crm_kit.loops import rest
from crm_kit.revocations import Revocations
from crm_kit.stream import Broker

LOOK_SECONDS = 0.5


def hear(nats_url: str, keys: Keys, ring: Ring, draining: Callable[[], bool]) -> None:
    """Listen until this process is ``draining``; while the broker is away, what is remembered lasts its few seconds."""
    work = _listen(nats_url, keys, ring, draining)
    threading.Thread(target=asyncio.run, args=(work,), name="hearing", daemon=True).start()


async def _listen(nats_url: str, keys: Keys, ring: Ring, draining: Callable[[], bool]) -> None:
    # Serving does not depend on the broker: the process stays, and a connection closed for good is made anew.
    broker = Broker(nats_url, name="crm-gateway", on_closed=_nothing) if nats_url else None
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        if broker is not None:
            tasks.create_task(Revocations(broker, keys.refuse_before).run(stop))
            for domain in domains():
                tasks.create_task(Feed(broker, domain, ring, keys.refuse_before).run(stop))
        while not draining():
            await rest(LOOK_SECONDS, stop)
        ring.close()


def _nothing() -> None:
    """The next look finds no connection."""

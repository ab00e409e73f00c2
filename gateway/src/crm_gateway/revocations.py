"""Rights that ended: heard beside the threads that serve, so that what is remembered of a caller is not used once more."""

import asyncio
import threading

from crm_kit.keys import Keys
from crm_kit.revocations import Revocations
from crm_kit.stream import Broker


def hear_revocations(nats_url: str, keys: Keys) -> None:
    """Listen for as long as this process lives; while the broker is away, what is remembered lasts its few seconds."""
    threading.Thread(target=asyncio.run, args=(_listen(nats_url, keys),), name="revocations", daemon=True).start()


async def _listen(nats_url: str, keys: Keys) -> None:
    # Serving does not depend on the broker: the process stays, and a connection closed for good is made anew.
    broker = Broker(nats_url, name="crm-gateway", on_closed=_nothing)
    await Revocations(broker, keys.refuse_before).run(asyncio.Event())


def _nothing() -> None:
    """The next look finds no connection."""

"""Follows the streams of all domains into the ring, from where it stopped, whatever happens to the broker.

Every process must hear everything and none needs to be remembered by the broker, so these are consumers that nobody
acknowledges to and that vanish with their connection. What the broker owes is counted here by sequence numbers.
"""

import asyncio
import logging
import time

from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from crm_gateway.live_facts import Ending, Fact, facts_of
from crm_gateway.live_ring import Ring
from crm_kit.envelope import unpack
from crm_kit.loops import repeat
from crm_kit.revocations import Forget
from crm_kit.stream import Broker

log = logging.getLogger(__name__)

RECENT = 300
"""Messages of each stream read at the start, so that browsers of a process that was replaced find their place."""
LOOK_SECONDS = 0.5
BEAT_SECONDS = 5.0
SILENT_SECONDS = 15.0
FORGOTTEN_SECONDS = 60.0


class Feed:
    """One stream's messages, each once and in order. ``forget`` is told of rights that ended before browsers are."""

    def __init__(self, broker: Broker, domain: str, ring: Ring, forget: Forget) -> None:
        self._broker, self._domain, self._ring, self._forget = broker, domain, ring, forget
        self._last: int | None = None
        self._connection = (-1, -1)
        self._subscription: Subscription | None = None
        self._heard = 0.0
        self._fresh = False

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until told to stop."""

        async def work() -> float:
            if not await self._broker.ready(stop):
                return 0
            connection = (self._broker.generation, self._broker.reconnects)
            if connection != self._connection or time.monotonic() - self._heard > SILENT_SECONDS:
                try:
                    await self._subscribe()
                except NotFoundError:
                    log.debug("live waits for the first event of %s", self._domain)
                    return LOOK_SECONDS
                self._connection = connection
            return LOOK_SECONDS

        await repeat(work, stop, name=f"live from {self._domain}")

    async def _subscribe(self) -> None:
        state = (await self._broker.js.stream_info(self._domain)).state
        if self._last is None or self._last > state.last_seq:
            # The first time; or the broker lost its tail, and what browsers know of it means nothing any more.
            self._last = max(state.first_seq - 1, state.last_seq - RECENT, 0)
            self._ring.begin(self._domain, self._last)
        former, self._subscription = self._subscription, None
        if former is not None and self._connection[0] == self._broker.generation:
            await former.unsubscribe()
        inbox = self._broker.client.new_inbox()
        subscription = await self._broker.client.subscribe(inbox, cb=self._take)
        self._subscription, self._heard, self._fresh = subscription, time.monotonic(), True
        await self._broker.js.add_consumer(
            self._domain,
            ConsumerConfig(
                deliver_subject=inbox,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self._last + 1,
                ack_policy=AckPolicy.NONE,
                idle_heartbeat=BEAT_SECONDS,
                inactive_threshold=FORGOTTEN_SECONDS,
                mem_storage=True,
                num_replicas=1,
            ),
        )

    async def _take(self, message: Msg) -> None:
        self._heard = time.monotonic()
        if not message.reply:
            return
        seq = message.metadata.sequence.stream
        assert self._last is not None
        if seq <= self._last:
            return
        if seq > self._last + 1 and not self._fresh:
            # Something was lost on the way: asked for again from there.
            self._connection = (-1, -1)
            return
        self._fresh, self._last = False, seq
        facts = _said(message)
        for fact in facts:
            if isinstance(fact, Ending):
                self._forget(fact.epoch, list(fact.ids), everybody=fact.everybody)
        self._ring.add(self._domain, seq, facts)


def _said(message: Msg) -> list[Fact]:
    try:
        return list(facts_of(unpack(message.headers or {}, message.data)))
    except (KeyError, ValueError, DecodeError):
        log.exception("a message on %s is not an event and is ignored", message.subject)
        return []

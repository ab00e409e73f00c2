"""Messages of a durable consumer, as soon as they are there."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from crm_kit.loops import rest
from crm_kit.stream import Broker

IN_FLIGHT = 256
ACK_WAIT_SECONDS = 10
BYTES_AT_ONCE = 4 * 1024 * 1024
"""What can be applied well within the ack wait, even when it is all batches."""

NOTHING_MORE = frozenset({"404", "408"})
ENOUGH = frozenset({"Batch Completed", "Message Size Exceeds MaxBytes"})
"""How the server ends a request in the ordinary way."""


async def ensure_durable(js: JetStreamContext, stream: str, durable: str, subjects: Sequence[str]) -> None:
    """Create or update a durable pull consumer; NotFoundError while the producer has not made its stream.

    Deliveries are not limited: after the last one a message would lie in the stream unseen. What cannot be applied is
    counted and put aside in the inbox instead.
    """
    await js.add_consumer(
        stream,
        ConsumerConfig(
            name=durable,
            durable_name=durable,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_ack_pending=IN_FLIGHT,
            max_deliver=-1,
            filter_subject=subjects[0] if len(subjects) == 1 else None,
            filter_subjects=list(subjects) if len(subjects) > 1 else None,
        ),
    )


class Pull:
    """Messages of a durable consumer, as soon as they are there and as many as there are.

    The library's ``fetch`` waits for a full batch or a timeout; here one request stays open at the server and
    ``next`` hands out whatever has arrived.
    """

    def __init__(self, broker: Broker, stream: str, durable: str, subjects: Sequence[str]) -> None:
        self._broker, self._stream, self._durable, self._subjects = broker, stream, durable, subjects
        self._arrived: deque[Msg] = deque()
        self._signal = asyncio.Event()
        self._generation = -1
        self._reconnects = -1
        self._owed = 0
        self._until = 0.0
        self._inbox = self._reply = ""
        self._asked = 0
        self._subscription: Any = None

    async def next(self, stop: asyncio.Event, *, most: int = IN_FLIGHT, wait: float = 5.0) -> list[Msg]:
        """At least one message and at most ``most``; none after ``wait`` seconds or when told to stop."""
        if self._generation != self._broker.generation or self._reconnects != self._broker.reconnects:
            await self._subscribe()
        if not self._arrived:
            if self._owed <= 0 or time.monotonic() > self._until:
                await self._request(wait)
            await rest(max(0.0, self._until - time.monotonic()), stop, self._signal)
        self._signal.clear()
        if self._reconnects == -1:
            await rest(0.2, stop)
        return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]

    async def close(self) -> None:
        """Stop asking, and give back what was delivered and not handed out, so that others need not wait for it."""
        if self._subscription is not None and self._broker.connected:
            await self._subscription.unsubscribe()
            for message in self._arrived:
                await message.nak()
        self._arrived.clear()
        self._subscription = None

    async def _subscribe(self) -> None:
        generation, reconnects = self._broker.generation, self._broker.reconnects
        await ensure_durable(self._broker.js, self._stream, self._durable, self._subjects)
        if self._generation != generation:
            # Messages of the lost connection can no longer be acknowledged; they are delivered again.
            self._arrived.clear()
            self._inbox = self._broker.client.new_inbox()
            self._subscription = await self._broker.client.subscribe(f"{self._inbox}.*", cb=self._take)
        self._owed = 0
        self._generation, self._reconnects = generation, reconnects

    async def _request(self, wait: float) -> None:
        ask = {"batch": IN_FLIGHT, "max_bytes": BYTES_AT_ONCE, "expires": int(wait * 1e9)}
        # A request that the server lost is noticed by its silence, half a second after it should have expired.
        self._owed, self._until = IN_FLIGHT, time.monotonic() + wait + 0.5
        # Every request has a reply subject of its own: the end of an earlier one must not be taken for its end.
        self._asked += 1
        self._reply = f"{self._inbox}.{self._asked}"
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._durable}"
        await self._broker.client.publish(subject, json.dumps(ask).encode(), self._reply)

    async def _take(self, message: Msg) -> None:
        status = message.headers.get("Status") if message.headers else None
        if message.headers is None or status is None:
            self._owed -= 1
            self._arrived.append(message)
        elif message.subject == self._reply:
            self._owed = 0
            if status not in NOTHING_MORE and message.headers.get("Description") not in ENOUGH:
                # The consumer or its stream is gone or moved: make sure of it before the next request.
                self._reconnects = -1
        self._signal.set()

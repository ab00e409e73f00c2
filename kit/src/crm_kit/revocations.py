"""Hearing at once that somebody's rights ended or changed.

A plain subscription on what the relay publishes, because every process must hear it and none needs to hear it later: one
that was not connected is covered by the short life of what it remembers.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from crm.identity.v1.identity_events_pb2 import AccessChanged
from google.protobuf.message import DecodeError
from nats.aio.msg import Msg

from crm_kit.envelope import unpack
from crm_kit.loops import repeat
from crm_kit.stream import Broker

log = logging.getLogger(__name__)

SUBJECT = AccessChanged.DESCRIPTOR.full_name
LOOK_SECONDS = 1.0


class Forget(Protocol):
    """Forgets what was known before the epoch about users, keys or sessions, or about everybody."""

    def __call__(self, epoch: int, ids: Sequence[str], *, everybody: bool = False) -> None: ...


class Revocations:
    """The subscription of one process."""

    def __init__(self, broker: Broker, *forget: Forget) -> None:
        self._broker, self._forget = broker, forget
        self._generation = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop, on every new connection again."""

        async def work() -> float:
            if not await self._broker.ready(stop):
                return 0
            if self._generation != self._broker.generation:
                generation = self._broker.generation
                await self._broker.client.subscribe(SUBJECT, cb=self._hear)
                self._generation = generation
            return LOOK_SECONDS

        await repeat(work, stop, name="revocations")

    async def _hear(self, message: Msg) -> None:
        try:
            facts = [AccessChanged.FromString(event.payload) for event in unpack(message.headers or {}, message.data)]
        except (KeyError, ValueError, DecodeError):
            log.exception("a message on %s is not an event and is ignored", message.subject)
            return
        for fact in facts:
            for forget in self._forget:
                forget(fact.epoch, list(fact.ids), everybody=fact.everybody)

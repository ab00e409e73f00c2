"""Runs a consumer: from the broker into the database, acknowledged after the commit."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from crm_kit import inbox
from crm_kit.admission import Mode
from crm_kit.database import Database
from crm_kit.envelope import Envelope, unpack
from crm_kit.intake import EVENTS_AT_ONCE, Intake
from crm_kit.loops import back_off, repeat, rest
from crm_kit.pull import Pull
from crm_kit.reconciler import GapFiller, ListEvents
from crm_kit.stream import Broker
from crm_kit.telemetry import consumer_lag, consumer_redelivered

if TYPE_CHECKING:
    from crm_kit.consumer import Consumer

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often events are looked for that another process set aside, or that a crash left behind."""


class Subscription:
    """Runs one consumer: fetches from every domain it listens to, applies, and acknowledges after the commit."""

    def __init__(
        self, consumer: "Consumer", db: Database, broker: Broker, list_events: ListEvents | None = None
    ) -> None:
        self.consumer, self.intake = consumer, Intake(consumer, db)
        self._db, self._broker = db, broker
        self._gaps = GapFiller(self.intake, db, list_events) if list_events is not None else None
        self._measured = self._pruned = time.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop; what was being applied is finished and acknowledged."""
        async with asyncio.TaskGroup() as tasks:
            for domain in self.consumer.domains:
                tasks.create_task(self._fetch(domain, stop))
            if self._gaps is not None and self.consumer.mode is Mode.LEDGER:
                tasks.create_task(self._gaps.run(stop))
            name = f"retries of {self.consumer.name}"
            tasks.create_task(repeat(self._resume, stop, name=name, wake=self.intake.held))

    async def _fetch(self, domain: str, stop: asyncio.Event) -> None:
        pull = Pull(self._broker, domain, self.consumer.name, self.consumer.subjects(domain))

        async def work() -> float:
            if not await self._broker.ready(stop):
                return 0
            try:
                messages = await pull.next(stop)
            except NotFoundError:
                log.debug("%s waits for the first event of %s", self.consumer.name, domain)
                return 0.3
            if messages:
                await self._absorb(messages, stop)
            return 0

        await repeat(work, stop, name=f"{self.consumer.name} from {domain}")
        try:
            await pull.close()
        except (NatsError, OSError):
            log.debug("the broker went away before %s", self.consumer.name)

    async def _absorb(self, messages: Sequence[Msg], stop: asyncio.Event) -> None:
        """Apply and acknowledge; while the database is away hold on to the messages and fetch nothing."""
        portion: list[Msg] = []
        events: list[Envelope] = []
        for number, message in enumerate(messages, start=1):
            portion.append(message)
            events += self._events(message)
            if len(events) < EVENTS_AT_ONCE and number < len(messages):
                continue
            if not await self.absorb(events, stop):
                return
            for done in portion:
                if done.metadata.num_delivered > 1:
                    consumer_redelivered.add(1, {"messaging.consumer.group.name": self.consumer.name})
                await done.ack()
            portion, events = [], []

    async def absorb(self, events: Sequence[Envelope], stop: asyncio.Event) -> bool:
        """Apply the events however long the infrastructure needs; False when told to stop first."""
        failures = 0
        while not stop.is_set():
            try:
                await self.intake.apply(events)
            except Exception:
                failures += 1
                log.exception("%s could not apply %d events, attempt %d", self.consumer.name, len(events), failures)
            else:
                return True
            await rest(back_off(failures), stop)
            if failures > 1 and len(events) > 1:
                half = len(events) // 2
                return await self.absorb(events[:half], stop) and await self.absorb(events[half:], stop)
            if failures > 2 and await self.intake.postpone(events[0]):
                return True
        return False

    def _events(self, message: Msg) -> list[Envelope]:
        try:
            return unpack(message.headers or {}, message.data)
        except (KeyError, ValueError, DecodeError):
            # No event of ours: nobody could ever apply it, and holding it back would hold back all others.
            log.exception("a message on %s is not an event and is ignored", message.subject)
            return []

    async def _resume(self) -> float:
        parked = await self.intake.resume()
        now = time.monotonic()
        if now - self._measured >= 10 and self._broker.connected:
            self._measured = now
            await self._measure()
        if now - self._pruned >= 3600:
            self._pruned = now
            await inbox.prune(self._db, self.consumer.name)
        return min(1.0, *self.consumer.retry_seconds) if parked else LOOK_SECONDS

    async def _measure(self) -> None:
        lag = 0
        for domain in self.consumer.domains:
            try:
                info = await self._broker.js.consumer_info(domain, self.consumer.name)
            except NatsError:
                continue
            lag += info.num_pending + info.num_ack_pending
        consumer_lag.set(lag, {"messaging.consumer.group.name": self.consumer.name})

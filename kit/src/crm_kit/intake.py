"""Takes events in: each one's effect, its inbox row and the cursor commit together or not at all."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crm_kit.admission import Mode
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.envelope import Envelope
from crm_kit.failures import describe, is_infrastructure, is_refusal
from crm_kit.inbox import envelope_of
from crm_kit.inbox_rows import Inbox
from crm_kit.processing import processed, processing
from crm_kit.statement import Statement
from crm_kit.telemetry import consumer_dead_lettered, inbox_duplicates
from crm_kit.tx import Tx, begin

if TYPE_CHECKING:
    from crm_kit.consumer import Consumer

log = logging.getLogger(__name__)

EVENTS_AT_ONCE = 500
POSTPONED_SECONDS = 5


class Intake:
    """Applies events to one consumer: exactly once, in order inside each aggregate, one poison at a time."""

    def __init__(self, consumer: "Consumer", db: Database) -> None:
        self.consumer = consumer
        self.held = asyncio.Event()
        """Set when an event was set aside: ``resume`` has something to do soon."""
        self._db = db
        self._inbox = Inbox(consumer.name, consumer.mode)
        self._labels = {"messaging.consumer.group.name": consumer.name}

    async def apply(self, events: Sequence[Envelope]) -> None:
        """Apply what can be applied, park the rest; raises only when the infrastructure failed, nothing being lost.

        Many events share a transaction. If their handlers raise, the events are halved until the one that fails stands
        alone and is set aside.
        """
        for start in range(0, len(events), EVENTS_AT_ONCE):
            await self._apply(events[start : start + EVENTS_AT_ONCE])

    async def resume(self) -> bool:
        """Try failed events whose time has come and those left behind by a crash; whether any event is parked."""
        self.held.clear()
        name = self.consumer.name
        if not await _PARKED.alone(self._db, consumer=name):
            return False
        due = [envelope_of(row) for row in await _DUE.alone(self._db, consumer=name, now=datetime.now(UTC))]
        ledger = self.consumer.mode is Mode.LEDGER
        left = [envelope_of(row) for row in await _LEFT.alone(self._db, consumer=name, ledger=ledger)]
        for event in due:
            await self.retry(event)
        await self.apply(left)
        return True

    async def retry(self, event: Envelope, *, only: str = "parked") -> None:
        """Apply an event set aside in state ``only``, if it still holds its aggregate; then those behind it."""
        try:
            opened = await self.consumer.opened([event])
            with processing(self.consumer.name, [event]):
                async with self._begin([event]) as tx:
                    if not await self._holds(tx, event, only):
                        return
                    await self._inbox.finish(tx.session, event, "applied")
                    await self._inbox.release(tx.session, event)
                    await self.consumer.handle(tx, [event], opened)
        except Exception as error:
            if is_infrastructure(error):
                raise
            await self._set_aside(event, error)
            return
        processed(self.consumer.name, [event])
        await self._drain(event)

    async def discard(self, event: Envelope, reason: str) -> None:
        """Give an event up; those behind it are applied."""
        async with self._begin([event]) as tx:
            if not await self._holds(tx, event, "dead"):
                return
            await self._inbox.finish(tx.session, event, "discarded", reason)
            await self._inbox.release(tx.session, event)
        await self._drain(event)

    async def adopt(self, event: Envelope) -> None:
        """Begin an aggregate's history with this event: what came before is older than anything that is kept."""
        async with self._begin([event]) as tx:
            await self._inbox.adopt(tx.session, event)

    async def postpone(self, event: Envelope) -> bool:
        """Put an event aside that the infrastructure cannot carry while it carries others; no failure is counted.

        False when the infrastructure carries nothing at all.
        """
        retry_at = datetime.now(UTC) + timedelta(seconds=POSTPONED_SECONDS)
        try:
            async with self._begin([event]) as tx:
                if self._inbox.next_in_history(await self._inbox.position(tx.session, event), event):
                    attempts = await self._inbox.attempts(tx.session, event)
                    await self._inbox.set_aside(
                        tx.session, event, attempts=attempts, error="Postponed", retry_at=retry_at
                    )
                else:
                    await self._inbox.admit(tx.session, [event])
        except Exception as error:
            if is_infrastructure(error):
                return False
            raise
        self.held.set()
        return True

    async def _apply(self, events: Sequence[Envelope]) -> None:
        if not events:
            return
        try:
            followers = await self._together(events)
        except Exception as error:
            if is_infrastructure(error):
                raise
            if len(events) == 1:
                await self._set_aside(events[0], error)
                return
            half = len(events) // 2
            await self._apply(events[:half])
            await self._apply(events[half:])
            return
        await self._apply(followers)

    async def _together(self, events: Sequence[Envelope]) -> list[Envelope]:
        opened = await self.consumer.opened(events)
        async with self._begin(events) as tx:
            admission = await self._inbox.admit(tx.session, events)
            if admission.ready:
                with processing(self.consumer.name, admission.ready):
                    await self.consumer.handle(tx, admission.ready, opened)
        if admission.parked:
            self.held.set()
        if admission.skipped:
            inbox_duplicates.add(len(admission.skipped), self._labels)
        processed(self.consumer.name, admission.ready)
        return admission.followers

    async def _set_aside(self, event: Envelope, error: Exception) -> None:
        """Remember the failure: tried again later, or dead after the last attempt or a refusal of the content."""
        async with self._begin([event]) as tx:
            if (await self._inbox.position(tx.session, event)).last_seq >= event.event_seq:
                await self._inbox.finish(tx.session, event, "skipped")
                return
            attempts = await self._inbox.attempts(tx.session, event) + 1
            self.held.set()
            waits = self.consumer.retry_seconds
            hopeless = is_refusal(error) or attempts > len(waits)
            retry_at = None if hopeless else datetime.now(UTC) + timedelta(seconds=waits[attempts - 1])
            await self._inbox.set_aside(tx.session, event, attempts=attempts, error=describe(error), retry_at=retry_at)
        level = logging.ERROR if hopeless else logging.WARNING
        log.log(
            level,
            "%s failed on %s %s, attempt %d%s",
            self.consumer.name,
            event.event_type,
            event.event_id,
            attempts,
            ": dead" if hopeless else "",
            exc_info=error,
        )
        if hopeless:
            consumer_dead_lettered.add(1, self._labels | {"messaging.destination.name": event.event_type})

    async def _drain(self, event: Envelope) -> None:
        """Apply what was parked behind an event that no longer holds it."""
        rows = await _BEHIND.alone(
            self._db, consumer=self.consumer.name, aggregate=event.aggregate_id, seq=event.event_seq
        )
        await self.apply([envelope_of(row) for row in rows])

    async def _holds(self, tx: Tx, event: Envelope, state: str) -> bool:
        position = await self._inbox.position(tx.session, event)
        holds = position.blocked_seq == event.event_seq and position.last_seq < event.event_seq
        return holds and await self._inbox.state(tx.session, event) == state

    def _begin(self, events: Sequence[Envelope]) -> AbstractAsyncContextManager[Tx]:
        types = {event.event_type for event in events}
        one = len(events) == 1
        return begin(
            Call.for_work(
                self._db,
                kind="event",
                name=types.pop() if len(types) == 1 else self.consumer.name,
                cause_id=str(events[0].event_id) if one else "",
            )
        )


_PARKED = Statement("SELECT true FROM inbox WHERE consumer = :consumer AND state = 'parked' LIMIT 1")
_DUE = Statement("""
    SELECT i.* FROM inbox i JOIN inbox_cursor c USING (consumer, aggregate_type, aggregate_id)
    WHERE i.consumer = :consumer AND i.state = 'parked' AND i.event_seq = c.blocked_seq AND i.next_attempt_at <= :now
    ORDER BY i.next_attempt_at LIMIT 100
""")
_LEFT = Statement("""
    SELECT i.* FROM inbox i JOIN inbox_cursor c USING (consumer, aggregate_type, aggregate_id)
    WHERE i.consumer = :consumer AND i.state = 'parked' AND c.blocked_seq IS NULL
      AND (i.event_seq <= c.last_seq + 1 OR NOT CAST(:ledger AS boolean))
    ORDER BY i.aggregate_id, i.event_seq LIMIT 500
""")
_BEHIND = Statement("""
    SELECT * FROM inbox WHERE consumer = :consumer AND aggregate_id = :aggregate AND state = 'parked'
      AND event_seq > :seq ORDER BY event_seq LIMIT 500
""")

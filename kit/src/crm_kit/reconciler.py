"""Finds what got lost between a producer and its consumers, and repairs it from the producer's outbox.

Producer side: the stream is compared with the rows marked as published; what it no longer holds is announced again.
Consumer side: a gap that does not close by itself is filled by asking the producer for the aggregate's history.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from crm.ops.v1 import event_service_pb2 as pb
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from sqlalchemy import text

from crm_kit.database import Database
from crm_kit.envelope import Envelope, source_of
from crm_kit.intake import Intake
from crm_kit.loops import repeat
from crm_kit.stream import STREAM_DAYS, Broker

log = logging.getLogger(__name__)

CHECK_SECONDS = 600.0
GAP_SECONDS = 60.0
WINDOW = 5_000
GAPS_AT_ONCE = 50

ListEvents = Callable[[str, UUID, int], Awaitable[Sequence[pb.Event]]]
"""``(domain, aggregate_id, after_seq)`` → the producer's events of the aggregate after that position, in order."""


class Republisher:
    """Keeps the stream of one producing service complete.

    Checks at start, whenever the broker came back or gave out an old sequence number, and every 10 minutes.
    """

    def __init__(self, db: Database, broker: Broker, domain: str, regressed: asyncio.Event) -> None:
        self._db, self._broker, self._domain, self._regressed = db, broker, domain, regressed
        self._checked = -CHECK_SECONDS
        self._reconnects = -1
        self._holes = 0

    async def run(self, stop: asyncio.Event) -> None:
        async def work() -> float:
            if not await self._broker.ready(stop):
                return 0
            reconnects = self._broker.reconnects + self._broker.generation
            due = time.monotonic() - self._checked >= CHECK_SECONDS or reconnects != self._reconnects
            if self._regressed.is_set() or due:
                suspicious = self._regressed.is_set()
                self._regressed.clear()
                if suspicious or await self.incomplete():
                    await self.republish()
                self._checked, self._reconnects = time.monotonic(), reconnects
            return 1.0

        await repeat(work, stop, name=f"reconciliation of {self._domain}", wake=self._regressed)

    async def incomplete(self) -> bool:
        """Whether the stream shows a sign of having lost something: cheap, a few reads."""
        async with self._db.connect() as connection:
            newest = (await connection.execute(_NEWEST)).one_or_none()
            if newest is None:
                return False
            twice = (await connection.execute(_TWICE, {"after": newest.stream_seq - 100_000})).scalar()
        try:
            state = (await self._broker.js.stream_info(self._domain)).state
        except NotFoundError:
            return True
        holes = state.last_seq - state.first_seq + 1 - state.messages if state.messages else 0
        if twice or state.last_seq < newest.stream_seq or holes != self._holes:
            return True
        if newest.stream_seq < state.first_seq:
            return False
        message = await self._broker.js.get_msg(self._domain, seq=newest.stream_seq)
        return (message.headers or {}).get("ce-id") != str(newest.event_id)

    async def republish(self) -> int:
        """Compare message by message, and put what the stream lost back among the unpublished; returns how many.

        The relay announces it again, in order, with a message id the broker has not seen.
        """
        async with self._db.connect() as connection:
            now: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
        lost = 0
        position = 0
        async for held in self._windows():
            if held:
                lost += await self._put_back(position, max(held), held, now)
                position = max(held)
        lost += await self._put_back(position, 2**62, {}, now)
        if lost:
            log.error("the stream of %s had lost %d events; they are announced again", self._domain, lost)
            self._db.after_commit.set()
        return lost

    async def _put_back(self, after: int, last: int, held: dict[int, str], now: datetime) -> int:
        """Rows marked as published at ``after`` < sequence ≤ ``last`` that the stream does not hold there."""
        params = {
            "after": after,
            "last": last,
            "seqs": list(held),
            "ids": [UUID(event_id) for event_id in held.values()],
            "now": now,
            # What is about to age out of the stream is not worth repeating.
            "since": now - timedelta(days=STREAM_DAYS) + timedelta(hours=1),
        }
        async with self._db.connect() as connection:
            return int((await connection.execute(_PUT_BACK, params)).rowcount)

    async def _windows(self) -> AsyncIterator[dict[int, str]]:
        """What the stream holds now: sequence number → event id, some thousand at a time."""
        js = self._broker.js
        try:
            state = (await js.stream_info(self._domain)).state
        except NotFoundError:
            return
        self._holes = state.last_seq - state.first_seq + 1 - state.messages if state.messages else 0
        if not state.messages:
            return
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, headers_only=True)
        subject = f"crm.{self._domain}.v1.>"
        subscription = await js.subscribe(subject, stream=self._domain, ordered_consumer=True, config=config)
        try:
            held: dict[int, str] = {}
            seq = 0
            while seq < state.last_seq:
                message = await subscription.next_msg(timeout=10)
                seq = message.metadata.sequence.stream
                held[seq] = (message.headers or {}).get("ce-id", str(UUID(int=0)))
                if len(held) == WINDOW:
                    yield held
                    held = {}
            yield held
        finally:
            try:
                await subscription.unsubscribe()
            except NatsError:
                log.debug("the broker went away during a comparison")


class GapFiller:
    """Fills gaps of one ledger that have stayed open for a minute."""

    def __init__(self, intake: Intake, db: Database, list_events: ListEvents) -> None:
        self._intake, self._db, self._list_events = intake, db, list_events

    async def run(self, stop: asyncio.Event) -> None:
        async def work() -> float:
            await self.fill(datetime.now(UTC) - timedelta(seconds=GAP_SECONDS))
            return GAP_SECONDS / 6

        await repeat(work, stop, name=f"gaps of {self._intake.consumer.name}")

    async def fill(self, before: datetime) -> int:
        """Fetch and apply what is missing before events parked earlier than ``before``; returns how many came."""
        params = {"consumer": self._intake.consumer.name, "before": before, "most": GAPS_AT_ONCE}
        async with self._db.connect() as connection:
            gaps = (await connection.execute(_GAPS, params)).all()
        fetched = 0
        for gap in gaps:
            domain = gap.source.rsplit("/", 1)[-1]
            found = await self._list_events(domain, gap.aggregate_id, gap.last_seq)
            missing = [envelope_of_log(event) for event in found if event.event_seq < gap.parked_seq]
            if gap.last_seq == 0 and found and found[0].event_seq > 1:
                # A consumer younger than the producer's oldest event: it starts where the record starts.
                await self._intake.adopt(envelope_of_log(found[0]))
            elif len(missing) < gap.parked_seq - gap.last_seq - 1:
                log.error("%s cannot fill a gap of %s %s", self._intake.consumer.name, gap.source, gap.aggregate_id)
            await self._intake.apply(missing)
            fetched += len(missing)
        return fetched


def envelope_of_log(event: pb.Event) -> Envelope:
    return Envelope(
        event_id=UUID(event.event_id),
        event_type=event.event_type,
        source=source_of(event.event_type),
        aggregate_type=event.aggregate_type,
        aggregate_id=UUID(event.aggregate_id),
        event_seq=event.event_seq,
        occur_time=event.occur_time.ToDatetime(UTC),
        actor=event.actor,
        # The log does not say it; the next event of the same aggregate does, unless the aggregate moved in between.
        unit_path=event.unit_path,
        traceparent=event.traceparent,
        payload=event.payload,
    )


_NEWEST = text(
    "SELECT event_id, stream_seq FROM outbox WHERE stream_seq IS NOT NULL "
    "ORDER BY stream_seq DESC, published_at LIMIT 1"
)
_TWICE = text("""
    SELECT EXISTS (SELECT FROM outbox WHERE stream_seq > :after GROUP BY stream_seq HAVING count(*) > 1)
""")
_PUT_BACK = text("""
    UPDATE outbox o SET published_at = NULL, stream_seq = NULL, replays = replays + 1
    WHERE o.stream_seq > :after AND o.stream_seq <= :last AND o.published_at < :now AND o.published_at > :since
      AND NOT EXISTS (SELECT FROM unnest(CAST(:seqs AS bigint[]), CAST(:ids AS uuid[])) AS held (seq, id)
                      WHERE held.seq = o.stream_seq AND held.id = o.event_id)
""")
_GAPS = text("""
    SELECT DISTINCT ON (i.aggregate_type, i.aggregate_id)
           i.source, i.aggregate_id, c.last_seq, i.event_seq AS parked_seq
    FROM inbox i JOIN inbox_cursor c USING (consumer, aggregate_type, aggregate_id)
    WHERE i.consumer = :consumer AND i.state = 'parked' AND c.blocked_seq IS NULL
      AND i.event_seq > c.last_seq + 1 AND i.received_at < :before
    ORDER BY i.aggregate_type, i.aggregate_id, i.event_seq LIMIT :most
""")

"""Hands committed events to the broker, in order inside each aggregate, however many relays run.

A relay locks shards, publishes what waits in them and marks it in the same transaction. The lock dies with its
connection and frozen relays lose it to a timeout, so that another takes over; what is then sent twice has the same id.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg
import nats.errors
from nats.js.errors import NoStreamResponseError

from crm_kit import outbox
from crm_kit.database import Database
from crm_kit.envelope import headers, is_sampled
from crm_kit.loops import repeat
from crm_kit.reconciler import Republisher
from crm_kit.statement import Statement, driver_transaction
from crm_kit.stream import Broker, ensure_stream
from crm_kit.telemetry import (
    Context,
    Link,
    SpanKind,
    extract,
    link_to,
    messaging_client_duration,
    outbox_oldest_age,
    outbox_pending,
    outbox_published,
    span,
)

log = logging.getLogger(__name__)

SHARDS_AT_ONCE = 16
ROWS_AT_ONCE = 1024
ACK_SECONDS = 2.0
PUBLISH_SECONDS = 3.0
"""Publishing stops well before the transaction times out, so that what was acknowledged is also marked."""

POLL_SECONDS = 0.1
LONGEST_POLL_SECONDS = 1.0
"""A commit of this process wakes its relay. Commits of others are found by looking, as often as something was found."""
LINGER_SECONDS = 0.005
"""What commits meanwhile shares the next round; the first event after a pause does not wait."""

_PICK = Statement("""
    WITH RECURSIVE waiting (shard) AS (
        (SELECT shard FROM outbox WHERE published_at IS NULL ORDER BY shard LIMIT 1)
        UNION ALL
        SELECT (SELECT o.shard FROM outbox o WHERE o.published_at IS NULL AND o.shard > w.shard ORDER BY o.shard LIMIT 1)
        FROM waiting w WHERE w.shard IS NOT NULL
    )
    SELECT s.shard,
           set_config('idle_in_transaction_session_timeout', '5s', true),
           set_config('transaction_timeout', '15s', true)
    FROM outbox_shard s WHERE s.shard = ANY(ARRAY(SELECT shard FROM waiting WHERE shard IS NOT NULL))
    ORDER BY random() LIMIT CAST(:shards AS integer) FOR UPDATE OF s SKIP LOCKED
""")
_WAITING = Statement("""
    SELECT o.* FROM unnest(CAST(:shards AS smallint[])) AS s (shard) CROSS JOIN LATERAL (
        SELECT event_id, event_type, schema_version, aggregate_type, aggregate_id, event_seq, payload, headers,
               unit_path, actor, traceparent, item_ids, occurred_at, replays
        FROM outbox WHERE shard = s.shard AND published_at IS NULL
        ORDER BY aggregate_id, event_seq LIMIT CAST(:rows AS integer)) o
""")
_MARK = Statement("""
    UPDATE outbox o SET published_at = clock_timestamp(), stream_seq = v.seq
    FROM unnest(CAST(:ids AS uuid[]), CAST(:seqs AS bigint[])) AS v (id, seq) WHERE o.event_id = v.id
""")
_NOTE = Statement("""
    UPDATE outbox o SET attempts = attempts + 1, last_error = v.error
    FROM unnest(CAST(:ids AS uuid[]), CAST(:errors AS text[])) AS v (id, error) WHERE o.event_id = v.id
""")
_ANY = Statement("SELECT true FROM outbox WHERE published_at IS NULL LIMIT 1")


_SENDING = {"messaging.system": "nats", "messaging.operation.name": "send"}


@dataclass(slots=True)
class Round:
    """What became of one publishing round: sequence numbers of the acknowledged, reasons of the others."""

    acked: dict[UUID, int] = field(default_factory=dict)
    failed: dict[UUID, str] = field(default_factory=dict)


class Relay:
    """Publishes the outbox of one service to the stream of its domain.

    ``regressed`` is set when the broker gives out a sequence number it gave out before: it has lost its tail.
    """

    def __init__(
        self,
        db: Database,
        broker: Broker,
        domain: str,
        *,
        poll: float = POLL_SECONDS,
        replicas: int = 1,
        max_bytes: int = -1,
    ) -> None:
        self.regressed = asyncio.Event()
        self._db, self._broker, self._domain, self._poll = db, broker, domain, poll
        self._rest = poll
        self._replicas, self._max_bytes = replicas, max_bytes
        self._highest = 0
        self._pruned = time.monotonic()
        self._stream_known = False

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until told to stop; a batch begun is finished."""

        async def work() -> float:
            if not await self._broker.ready(stop):
                return 0
            woken = self._db.after_commit.is_set()
            self._db.after_commit.clear()
            if not woken and not await _ANY.alone(self._db):
                self._rest = min(2 * self._rest, LONGEST_POLL_SECONDS)
                return self._rest
            published = await self.publish_some()
            if not woken:
                self._rest = self._poll
            if published < ROWS_AT_ONCE:
                await asyncio.sleep(LINGER_SECONDS)
            return 0 if published else self._rest

        republisher = Republisher(self._db, self._broker, self._domain, self.regressed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(repeat(work, stop, name=f"relay of {self._domain}", wake=self._db.after_commit))
            tasks.create_task(republisher.run(stop))
            tasks.create_task(repeat(self._measure, stop, name=f"backlog of {self._domain}"))

    async def publish_some(self) -> int:
        """Publish what waits in some shards nobody else holds; returns how many events were acknowledged."""
        if not self._stream_known:
            await ensure_stream(self._broker.js, self._domain, replicas=self._replicas, max_bytes=self._max_bytes)
            self._stream_known = True
        async with driver_transaction(self._db) as connection:
            shards = [row.shard for row in await _PICK(connection, shards=SHARDS_AT_ONCE)]
            if not shards:
                return 0
            rows = await _WAITING(connection, shards=shards, rows=ROWS_AT_ONCE // len(shards))
            with span(f"send {self._domain}", SpanKind.CLIENT, _SENDING, Context(), _links(rows)):
                done = await self._publish(rows)
            await self._mark(connection, done)
        outbox_published.add(len(done.acked))
        if done.failed:
            reason = next(iter(done.failed.values()))
            log.warning("%d aggregates of %s wait for the broker: %s", len(done.failed), self._domain, reason)
        return len(done.acked)

    async def _publish(self, rows: Sequence[Any]) -> Round:
        """One event of every aggregate at a time; an aggregate stops at its first event without acknowledgement."""
        done = Round()
        begun, started, floor = time.monotonic(), time.perf_counter(), self._highest
        ordered = sorted(rows, key=attrgetter("aggregate_id", "event_seq"))
        queues = [deque(group) for _, group in groupby(ordered, key=attrgetter("aggregate_id"))]
        while queues and time.monotonic() - begun < PUBLISH_SECONDS:
            sent: dict[asyncio.Future[Any], deque[Any]] = {}
            for queue in queues:
                try:
                    sent[await self._send(queue[0])] = queue
                except (nats.errors.Error, OSError) as error:
                    done.failed[queue[0].event_id] = type(error).__name__
            if sent:
                await asyncio.wait(sent, timeout=ACK_SECONDS)
            queues = [queue for future, queue in sent.items() if self._settle(future, queue, done, floor)]
        labels = {**_SENDING, "messaging.destination.name": self._domain}
        messaging_client_duration.record(time.perf_counter() - started, labels)
        return done

    async def _send(self, row: Any) -> asyncio.Future[Any]:
        # No round has as many events as the library lets wait for an acknowledgement: this never stalls.
        return await self._broker.js.publish_async(
            row.event_type, row.payload, stream=self._domain, headers=headers(row)
        )

    def _settle(self, future: asyncio.Future[Any], queue: deque[Any], done: Round, floor: int) -> bool:
        """Take one acknowledgement; true when the aggregate goes on. Silence is no failure: it may have arrived."""
        row = queue.popleft()
        if not future.done():
            future.cancel()
            done.failed[row.event_id] = "NoAcknowledgement"
            return False
        error = future.exception()
        if error is not None:
            self._stream_known = self._stream_known and not isinstance(error, NoStreamResponseError)
            done.failed[row.event_id] = str(getattr(error, "description", "") or type(error).__name__)
            return False
        ack = future.result()
        done.acked[row.event_id] = ack.seq
        if ack.seq <= floor and not ack.duplicate:
            self._highest = 0
            self.regressed.set()
        self._highest = max(self._highest, ack.seq)
        return bool(queue)

    async def _mark(self, connection: asyncpg.Connection, done: Round) -> None:
        if done.acked:
            await _MARK(connection, ids=list(done.acked), seqs=list(done.acked.values()))
        if done.failed:
            await _NOTE(connection, ids=list(done.failed), errors=list(done.failed.values()))

    async def _measure(self) -> float:
        """Its own loop: the age of the oldest event matters most while the broker is away."""
        pending, age = await outbox.backlog(self._db)
        outbox_pending.set(pending)
        outbox_oldest_age.set(age)
        if time.monotonic() - self._pruned >= 3600:
            self._pruned = time.monotonic()
            await outbox.prune(self._db, datetime.now(UTC))
        return 5.0


def _links(rows: Sequence[Any]) -> list[Link]:
    """The sampled traces the events come from; the relay's own span never becomes their consumers' parent."""
    sampled = {row.traceparent for row in rows if is_sampled(row.traceparent)}
    return [link for traceparent in sampled for link in link_to(extract({"traceparent": traceparent}))]

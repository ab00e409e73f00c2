"""Events as they are stored by their producer and held by the broker, batches unpacked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import nats
from crm.type.v1.event_batch_pb2 import EventBatch
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from crm_kit.envelope import Envelope, source_of

EVERYTHING = {"app.lo": "/", "app.hi": "0"}
"""What row security lets a connection of a service see that looks at the whole enterprise."""


@dataclass(frozen=True)
class Event:
    """One event of an outbox. ``message_id`` is that of the row it travels in, alone or in a batch."""

    envelope: Envelope
    message_id: UUID

    @property
    def id(self) -> UUID:
        return self.envelope.event_id

    @property
    def aggregate(self) -> tuple[str, UUID]:
        return self.envelope.aggregate_type, self.envelope.aggregate_id

    @property
    def seq(self) -> int:
        return self.envelope.event_seq

    @property
    def type(self) -> str:
        return self.envelope.event_type


async def outbox_of(url: str) -> list[Event]:
    """Everything a service has announced, in the order in which it was written."""
    connection = await asyncpg.connect(url, server_settings=EVERYTHING)
    try:
        rows = await connection.fetch("SELECT * FROM outbox ORDER BY event_id")
    finally:
        await connection.close()
    return [event for row in rows for event in _events(row)]


def _events(row: asyncpg.Record) -> list[Event]:
    def event(event_id: UUID, aggregate_id: UUID, seq: int, payload: bytes) -> Event:
        envelope = Envelope(
            event_id=event_id,
            event_type=row["event_type"],
            source=source_of(row["event_type"]),
            aggregate_type=row["aggregate_type"],
            aggregate_id=aggregate_id,
            event_seq=seq,
            occur_time=row["occurred_at"],
            actor=row["actor"],
            unit_path=row["unit_path"],
            traceparent="",
            payload=payload,
        )
        return Event(envelope, row["event_id"])

    if row["item_ids"] is None:
        return [event(row["event_id"], row["aggregate_id"], row["event_seq"], row["payload"])]
    return [
        event(UUID(item.event_id), UUID(item.aggregate_id), item.event_seq, item.payload)
        for item in EventBatch.FromString(row["payload"]).items
    ]


async def stream_of(url: str, domains: Sequence[str]) -> set[UUID]:
    """The ids of all messages the broker holds of these domains."""
    held: set[UUID] = set()
    client = await nats.connect(url)
    try:
        js = client.jetstream(timeout=10)
        for domain in domains:
            try:
                state = (await js.stream_info(domain)).state
            except NotFoundError:
                continue
            if not state.messages:
                continue
            config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, headers_only=True)
            reading = await js.subscribe(f"crm.{domain}.v1.>", stream=domain, ordered_consumer=True, config=config)
            seq = 0
            while seq < state.last_seq:
                message = await asyncio.wait_for(reading.next_msg(timeout=10), 12)
                seq = message.metadata.sequence.stream
                held.add(UUID((message.headers or {})["ce-id"]))
            await reading.unsubscribe()
    finally:
        await client.close()
    return held

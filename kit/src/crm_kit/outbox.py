"""What a service announces: rows written in the transaction of the change, handed to the broker by the relay.

The outbox is the truth about what happened; the broker's streams are a cache that can be rebuilt from it. Rows are
marked when published and deleted after 30 days, longer than any stream keeps them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import grpc
from crm.type.v1.event_batch_pb2 import EventBatch
from google.protobuf.message import Message
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    insert,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from crm_kit.database import Database
from crm_kit.errors import Error
from crm_kit.metadata import kit_metadata
from crm_kit.telemetry import current_traceparent

SHARDS = 64
KEPT_DAYS = 30
BATCH_ITEMS = 400
BATCH_BYTES = 200 * 1024
EVENT_BYTES = 240 * 1024
"""Streams refuse messages over 256 KiB with their headers; better refuse the change than keep it unannounced."""

outbox = Table(
    "outbox",
    kit_metadata,
    Column("event_id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("shard", SmallInteger, nullable=False),
    Column("aggregate_type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("schema_version", Integer, nullable=False, server_default=text("1")),
    Column("payload", LargeBinary, nullable=False),
    Column("headers", postgresql.JSONB, nullable=False, server_default=text("'{}'")),
    Column("unit_path", Text(collation="C"), nullable=False, server_default=text("''")),
    Column("actor", Text, nullable=False, server_default=text("''")),
    Column("traceparent", Text, nullable=False, server_default=text("''")),
    # Aggregates inside an EventBatch, so that a gap can be filled from it; null for single events.
    Column("item_ids", postgresql.ARRAY(Uuid)),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True)),
    Column("stream_seq", BigInteger),
    Column("replays", SmallInteger, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    # Leading with the id: the same key also serves "events of this aggregate".
    UniqueConstraint("aggregate_id", "aggregate_type", "event_seq"),
    Index("ix_outbox_unpublished", "shard", "aggregate_id", "event_seq", postgresql_where=text("published_at IS NULL")),
    Index("ix_outbox_stream_seq", "stream_seq", postgresql_where=text("stream_seq IS NOT NULL")),
    Index("ix_outbox_item_ids", "item_ids", postgresql_using="gin", postgresql_where=text("item_ids IS NOT NULL")),
)

outbox_shard = Table(
    "outbox_shard",
    kit_metadata,
    Column("shard", SmallInteger, primary_key=True, autoincrement=False),
    Column("lease_note", Text),
)
"""64 rows that exist to be locked: whoever holds a shard's row publishes its aggregates, alone and in order."""


class EventTooLarge(Error):
    """The record carries more than an event can hold. Facts: event_type, size, limit (bytes)."""

    status = grpc.StatusCode.INVALID_ARGUMENT
    en = "The record is too large: {size} bytes where {limit} are allowed. Shorten its texts or custom fields."
    zh = "记录过大：{size} 字节，上限为 {limit} 字节。请缩短文本或自定义字段。"


class BatchItem(NamedTuple):
    """One event of a bulk change; ``unit_path`` of the aggregate, where it differs from row to row."""

    aggregate_id: UUID
    event_seq: int
    message: Message
    unit_path: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the outbox, before it is written."""

    event_id: UUID
    shard: int
    aggregate_type: str
    aggregate_id: UUID
    event_seq: int
    event_type: str
    payload: bytes
    headers: dict[str, str]
    unit_path: str
    actor: str
    traceparent: str
    item_ids: list[UUID] | None
    occurred_at: datetime


def seed(connection: Connection) -> None:
    """Insert the shard rows; the migration that creates the table calls it."""
    connection.execute(
        postgresql.insert(outbox_shard).on_conflict_do_nothing(), [{"shard": shard} for shard in range(SHARDS)]
    )


def shard_of(aggregate_id: UUID) -> int:
    """The shard of an aggregate, for ever: the last bits of a UUID are random in versions 4 and 7."""
    return aggregate_id.int % SHARDS


def entry(
    *,
    aggregate_type: str,
    aggregate_id: UUID,
    event_seq: int,
    message: Message,
    occur_time: datetime,
    actor: str,
    unit_path: str = "",
    correlation_id: str = "",
    causation_id: str = "",
) -> Entry:
    """The row that announces one event; EventTooLarge above 240 KiB."""
    event_type = message.DESCRIPTOR.full_name
    payload = message.SerializeToString()
    if len(payload) > EVENT_BYTES:
        raise EventTooLarge(event_type=event_type, size=len(payload), limit=EVENT_BYTES)
    return Entry(
        event_id=uuid7(),
        shard=shard_of(aggregate_id),
        aggregate_type=aggregate_type,
        aggregate_id=aggregate_id,
        event_seq=event_seq,
        event_type=event_type,
        payload=payload,
        headers=_causes(correlation_id, causation_id),
        unit_path=unit_path,
        actor=actor,
        traceparent=current_traceparent(),
        item_ids=None,
        occurred_at=occur_time,
    )


def entries_for_batch(
    aggregate_type: str,
    items: Iterable[BatchItem | tuple[UUID, int, Message]],
    *,
    occur_time: datetime,
    actor: str,
    correlation_id: str = "",
    causation_id: str = "",
) -> list[Entry]:
    """Rows that announce many events, one ``EventBatch`` of a type and unit per row: at most 400 items and 200 KiB."""
    ordered = sorted((BatchItem(*item) for item in items), key=_kind)
    made: list[Entry] = []
    for (event_type, unit_path), group in groupby(ordered, key=_kind):
        for batch, ids in _batches(event_type, group):
            batch_id = uuid7()
            made.append(
                Entry(
                    event_id=uuid7(),
                    shard=shard_of(batch_id),
                    aggregate_type=aggregate_type,
                    aggregate_id=batch_id,
                    event_seq=1,
                    event_type=event_type,
                    payload=batch.SerializeToString(),
                    headers=_causes(correlation_id, causation_id),
                    unit_path=unit_path,
                    actor=actor,
                    traceparent=current_traceparent(),
                    item_ids=ids,
                    occurred_at=occur_time,
                )
            )
    return made


async def write(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Insert the rows in one round trip, inside the caller's transaction."""
    rows = [asdict(row) for row in entries]
    await session.execute(insert(outbox), rows if len(rows) > 1 else rows[0])


async def backlog(db: Database) -> tuple[int, float]:
    """How many events wait to be published, and the age of the oldest in seconds."""
    async with db.connect() as connection:
        row = (await connection.execute(_BACKLOG)).one()
    return int(row.pending), float(row.age)


async def prune(db: Database, now: datetime, *, at_once: int = 5_000) -> int:
    """Delete published rows older than 30 days, a bounded number per statement; returns how many went."""
    gone = 0
    while True:
        async with db.connect() as connection:
            result = await connection.execute(_PRUNE, {"before": now - timedelta(days=KEPT_DAYS), "at_once": at_once})
        gone += result.rowcount
        if result.rowcount < at_once:
            return gone


_BACKLOG = text(
    "SELECT count(*) AS pending, coalesce(extract(epoch FROM clock_timestamp() - min(occurred_at)), 0) AS age "
    "FROM outbox WHERE published_at IS NULL"
)
_PRUNE = text(
    "DELETE FROM outbox WHERE event_id IN (SELECT event_id FROM outbox "
    "WHERE event_id < uuidv7(CAST(:before AS timestamptz) - clock_timestamp()) "
    "AND published_at < CAST(:before AS timestamptz) LIMIT :at_once)"
)


def _kind(item: BatchItem) -> tuple[str, str]:
    return item.message.DESCRIPTOR.full_name, item.unit_path


def _batches(event_type: str, items: Iterable[BatchItem]) -> Iterable[tuple[EventBatch, list[UUID]]]:
    batch, ids, size = EventBatch(), list[UUID](), 0
    for item in items:
        payload = item.message.SerializeToString()
        if len(payload) > BATCH_BYTES:
            raise EventTooLarge(event_type=event_type, size=len(payload), limit=BATCH_BYTES)
        # Two ids as text and a sequence number add about 90 bytes to each payload.
        if ids and (len(ids) == BATCH_ITEMS or size + len(payload) + 100 > BATCH_BYTES):
            yield batch, ids
            batch, ids, size = EventBatch(), [], 0
        batch.items.add(
            event_id=str(uuid7()), aggregate_id=str(item.aggregate_id), event_seq=item.event_seq, payload=payload
        )
        ids.append(item.aggregate_id)
        size += len(payload) + 100
    if ids:
        yield batch, ids


def _causes(correlation_id: str, causation_id: str) -> dict[str, Any]:
    causes = {"correlation_id": correlation_id, "causation_id": causation_id}
    return {name: value for name, value in causes.items() if value}

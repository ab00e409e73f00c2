"""What is said when something happened: the rows of the outbox before they are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

import grpc
from crm.type.v1.event_batch_pb2 import EventBatch
from google.protobuf.message import Message
from uuid_utils.compat import uuid7

from crm_kit.envelope import is_sampled
from crm_kit.errors import Error
from crm_kit.telemetry import SpanKind, current_traceparent, span

SHARDS = 64
BATCH_ITEMS = 400
BATCH_BYTES = 200 * 1024
EVENT_BYTES = 240 * 1024
"""Streams refuse messages over 256 KiB with their headers; better refuse the change than keep it unannounced."""


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
        traceparent=_creation_context(event_type),
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
                    traceparent=_creation_context(event_type),
                    item_ids=ids,
                    occurred_at=occur_time,
                )
            )
    return made


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


def _creation_context(event_type: str) -> str:
    """The trace an event belongs to for good; in a sampled one, its creation has a span to link to."""
    if not is_sampled(current_traceparent()):
        return current_traceparent()
    about = {"messaging.system": "nats", "messaging.operation.name": "create", "messaging.destination.name": event_type}
    with span(f"create {event_type}", SpanKind.PRODUCER, about):
        return current_traceparent()


def _causes(correlation_id: str, causation_id: str) -> dict[str, str]:
    causes = {"correlation_id": correlation_id, "causation_id": causation_id}
    return {name: value for name, value in causes.items() if value}

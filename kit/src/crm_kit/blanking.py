"""Events that tell of an erased person say nothing of them any more: in the outbox, parked and dead.

What a field says of a person is known from its data class; what else a service erases of its own records, it names.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from crm.type.v1.event_batch_pb2 import EventBatch
from crm.type.v1.options_pb2 import DATA_CLASS_PERSONAL, DATA_CLASS_SENSITIVE, data_class
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message

from crm_kit.tx import Tx

AT_ONCE = 200
PERSONAL = frozenset({DATA_CLASS_PERSONAL, DATA_CLASS_SENSITIVE})
WORDS = frozenset({"note", "reason", "summary"})
"""Fields of events themselves in which stands what somebody wrote."""
Cleared = Mapping[str, Collection[str]]
"""Full name of a message → fields that go, whatever their class."""

_ANNOUNCED = """
    SELECT event_id, event_type, payload, item_ids FROM outbox
    WHERE (aggregate_id = ANY ($1::uuid[]) OR item_ids && $1::uuid[]) AND event_id > $2
    ORDER BY event_id LIMIT $3
"""
_REWRITE_ANNOUNCED = """
    UPDATE outbox o SET payload = v.payload FROM unnest($1::uuid[], $2::bytea[]) AS v (id, payload)
    WHERE o.event_id = v.id
"""
_WAITING = """
    SELECT consumer, event_id, event_type, payload FROM inbox
    WHERE state IN ('parked', 'dead') AND aggregate_id = ANY ($1::uuid[]) AND payload IS NOT NULL AND event_id > $2
    ORDER BY event_id, consumer LIMIT $3
"""
_REWRITE_WAITING = """
    UPDATE inbox i SET payload = v.payload FROM unnest($1::text[], $2::uuid[], $3::bytea[]) AS v (consumer, id, payload)
    WHERE i.consumer = v.consumer AND i.event_id = v.id
"""


async def blank_announced(tx: Tx, record_ids: Sequence[UUID], cleared: Cleared) -> None:
    """What the outbox keeps of events of these records, alone or in batches."""
    after, ids = UUID(int=0), set(record_ids)
    while rows := await tx.fetch(_ANNOUNCED, list(record_ids), after, AT_ONCE):
        after = UUID(int=rows[-1]["event_id"].int)
        payloads = [
            _blanked(row["event_type"], row["payload"], cleared)
            if row["item_ids"] is None
            else _blanked_batch(row["event_type"], row["payload"], ids, cleared)
            for row in rows
        ]
        await tx.fetch(_REWRITE_ANNOUNCED, [row["event_id"] for row in rows], payloads)


async def blank_waiting(tx: Tx, record_ids: Sequence[UUID], cleared: Cleared) -> None:
    """What the inbox keeps of events of these records that wait or failed."""
    after = UUID(int=0)
    while rows := await tx.fetch(_WAITING, list(record_ids), after, AT_ONCE):
        # As many consumers as a service has may wait for the last event of the page.
        last = UUID(int=rows[-1]["event_id"].int)
        after = last if len(rows) < AT_ONCE or last == rows[0]["event_id"] else UUID(int=last.int - 1)
        payloads = [_blanked(row["event_type"], row["payload"], cleared) for row in rows]
        ids = [row["event_id"] for row in rows]
        await tx.fetch(_REWRITE_WAITING, [row["consumer"] for row in rows], ids, payloads)


def _blanked(event_type: str, payload: bytes, cleared: Cleared) -> bytes:
    """The event without the person; nothing of an event whose type this release does not know."""
    try:
        descriptor = descriptor_pool.Default().FindMessageTypeByName(event_type)
    except KeyError:
        return b""
    message = message_factory.GetMessageClass(descriptor).FromString(payload)
    _clear(message, {**cleared, event_type: WORDS})
    return message.SerializeToString()


def _blanked_batch(event_type: str, payload: bytes, ids: Collection[UUID], cleared: Cleared) -> bytes:
    batch = EventBatch.FromString(payload)
    for item in batch.items:
        if UUID(item.aggregate_id) in ids:
            item.payload = _blanked(event_type, item.payload, cleared)
    return batch.SerializeToString()


def _clear(message: Message, cleared: Cleared) -> None:
    own = cleared.get(message.DESCRIPTOR.full_name, ())
    for field, value in message.ListFields():
        if field.name in own or field.GetOptions().Extensions[data_class] in PERSONAL:
            message.ClearField(field.name)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            items: Any = value if field.is_repeated else [value]
            for item in items:
                _clear(item, cleared)

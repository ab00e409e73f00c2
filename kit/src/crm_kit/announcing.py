"""What a transaction announces, kept until it commits: an event then carries the state its aggregate has at that moment."""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from crm_kit import outbox
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.mapping import mapping_for

_COLUMNS = [field.name for field in fields(outbox.Entry)]


class Announcing:
    """The facts of one transaction in the order in which they were announced."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._single: list[tuple[Entity, Message, int]] = []
        self._batches: list[tuple[str, Sequence[outbox.BatchItem]]] = []

    def note(self, entity: Entity, fact: Message) -> None:
        """A fact about an aggregate, the next in its sequence."""
        entity.event_seq += 1
        self._single.append((entity, fact, entity.event_seq))

    def note_batch(self, aggregate_type: str, items: Sequence[outbox.BatchItem]) -> None:
        """Facts of one type whose ``event_seq`` bulk SQL has raised."""
        self._batches.append((aggregate_type, items))

    def entries(self) -> list[outbox.Entry]:
        """The rows of the outbox; raises EventTooLarge."""
        origin: dict[str, Any] = {
            "occur_time": self._call.now,
            "actor": self._call.principal.actor,
            "correlation_id": self._call.request_id,
            "causation_id": self._call.principal.cause_id,
        }
        made = [_entry(entity, fact, seq, origin) for entity, fact, seq in self._single]
        for aggregate_type, items in self._batches:
            made += outbox.entries_for_batch(aggregate_type, items, **origin)
        return made


def row_of(entry: outbox.Entry) -> dict[str, Any]:
    """The columns of an entry."""
    return {name: getattr(entry, name) for name in _COLUMNS}


def _entry(entity: Entity, fact: Message, seq: int, origin: dict[str, Any]) -> outbox.Entry:
    mapping = mapping_for(type(entity))
    if mapping is not None:
        for name in _states(fact.DESCRIPTOR, mapping.full_name):
            getattr(fact, name).CopyFrom(mapping.write(entity))
    return outbox.entry(
        aggregate_type=entity.__tablename__,
        aggregate_id=entity.id,
        event_seq=seq,
        message=fact,
        unit_path=entity.unit_path,
        **origin,
    )


@cache
def _states(event: Descriptor, full_name: str) -> tuple[str, ...]:
    """The fields of an event that carry the aggregate's state."""
    return tuple(
        field.name
        for field in event.fields
        if field.message_type is not None and field.message_type.full_name == full_name and not field.is_repeated
    )

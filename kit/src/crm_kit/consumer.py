"""Consumers: what a service does when others announce something.

A consumer is declared beside its handlers and run by a ``Subscription``::

    timeline = Consumer("customers-timeline", mode=Mode.LEDGER)

    @timeline.on(LeadConverted)
    async def on_lead_converted(tx: Tx, events: Sequence[Received[LeadConverted]]) -> None: ...
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from crm.ops.v1 import event_service_pb2 as pb
from google.protobuf.message import Message

from crm_kit.admission import Mode
from crm_kit.database import Database
from crm_kit.envelope import Envelope, domain_of
from crm_kit.moves import Move, path_now, relocate
from crm_kit.positions import LARGEST_SIZE
from crm_kit.principal import system
from crm_kit.stream import Broker
from crm_kit.subscription import Subscription
from crm_kit.tx import Tx

if TYPE_CHECKING:
    from crm_kit.opening import Opener
    from crm_kit.rpc.channels import Channels

M = TypeVar("M", bound=Message)

RETRY_SECONDS = (0.2, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0)
"""Waits between the eight attempts of a handler; after the last an event is dead."""


@dataclass(frozen=True, slots=True)
class Received(Generic[M]):
    """One event as its handler sees it."""

    event_id: UUID
    event_type: str
    aggregate_type: str
    aggregate_id: UUID
    event_seq: int
    occur_time: datetime
    actor: str
    unit_path: str
    message: M


Handler = Callable[[Tx, Sequence[Received[M]]], Awaitable[None]]


class Consumer:
    """Handlers of a service for events of others, under one name that never changes: it is its position.

    A handler gets one event or many, never two of one aggregate in a call and always in the order of each aggregate,
    inside the transaction that also remembers them. It calls nobody outside its database. When it raises, that event
    and later ones of its aggregate wait: tried again eight times, then dead until a person decides; what is refused as
    INVALID_ARGUMENT is dead at once. A *ledger* receives all events of the domains it names, because to it a filtered
    event looks like a lost one; those without a handler are applied without effect.
    """

    def __init__(self, name: str, mode: Mode = Mode.LEDGER, *, retry_seconds: Sequence[float] = RETRY_SECONDS) -> None:
        self.name, self.mode, self.retry_seconds = name, mode, tuple(retry_seconds)
        self.handlers: dict[str, tuple[type[Message], Handler[Any]]] = {}
        self.opener: Opener | None = None
        """Whom to ask for sealed values, when the handlers need them."""

    def on(self, *types: type[M]) -> Callable[[Handler[M]], Handler[M]]:
        """Call the decorated function for events of these types."""

        def register(handler: Handler[M]) -> Handler[M]:
            for message in types:
                event_type = message.DESCRIPTOR.full_name
                if event_type in self.handlers:
                    raise ValueError(f"{self.name} has two handlers for {event_type}")
                self.handlers[event_type] = (message, handler)
            return handler

        return register

    @property
    def domains(self) -> list[str]:
        return sorted({domain_of(event_type) for event_type in self.handlers})

    def subjects(self, domain: str) -> list[str]:
        """What it asks the broker for, of one producing domain."""
        if self.mode is Mode.LEDGER:
            return [f"crm.{domain}.v1.*"]
        return sorted(event_type for event_type in self.handlers if domain_of(event_type) == domain)

    async def opened(self, events: Iterable[Envelope]) -> dict[UUID, bytes]:
        """The payloads whose sealed values were opened, by event; asked for before a transaction begins."""
        if self.opener is None:
            return {}
        known = [event for event in events if event.event_type in self.handlers]
        return await self.opener.open(known, {name: message for name, (message, _) in self.handlers.items()})

    async def handle(self, tx: Tx, events: Iterable[Envelope], opened: Mapping[UUID, bytes] | None = None) -> None:
        """Call the handlers; DecodeError when a payload is not what its type says."""
        known = [event for event in events if event.event_type in self.handlers]
        moves = await tx.call.db.moves.known() if known else ()
        for event_type, wave in waves(known):
            message, handler = self.handlers[event_type]
            await handler(tx, [_received(event, message, moves, opened or {}) for event in wave])


def waves(events: Iterable[Envelope]) -> Iterator[tuple[str, list[Envelope]]]:
    """Group events by type so that calls are few, no call has two of one aggregate, and each keeps its order."""
    queues: dict[UUID, deque[Envelope]] = {}
    for event in events:
        queues.setdefault(event.aggregate_id, deque()).append(event)
    while queues:
        ((event_type, _),) = Counter(queue[0].event_type for queue in queues.values()).most_common(1)
        wave = [queue.popleft() for queue in queues.values() if queue[0].event_type == event_type]
        queues = {aggregate: queue for aggregate, queue in queues.items() if queue}
        yield event_type, wave


def _received(
    event: Envelope, message: type[Message], moves: Sequence[Move], opened: Mapping[UUID, bytes]
) -> Received[Any]:
    said = message.FromString(opened.get(event.event_id, event.payload))
    relocate(said, event.occur_time, moves)
    return Received(
        event_id=event.event_id,
        event_type=event.event_type,
        aggregate_type=event.aggregate_type,
        aggregate_id=event.aggregate_id,
        event_seq=event.event_seq,
        occur_time=event.occur_time,
        actor=event.actor,
        unit_path=path_now(event.unit_path, event.occur_time, moves),
        message=said,
    )


def run_consumer(
    consumer: Consumer, db: Database, broker: Broker, channels: "Channels"
) -> Callable[[asyncio.Event], Awaitable[None]]:
    """The loop that runs a consumer in a service process; gaps are filled by asking the producer over ``channels``."""

    async def list_events(domain: str, aggregate_id: UUID, after_seq: int) -> Sequence[pb.Event]:
        peer = domain.replace("_", "-")
        request = pb.ListEventsRequest(
            service=peer, aggregate_id=str(aggregate_id), after_seq=after_seq, page_size=LARGEST_SIZE
        )
        path = "crm.ops.v1.EventService/ListEvents"
        principal = system("event", consumer.name)
        answer = await channels.call(peer, path, request, pb.ListEventsResponse, principal=principal)
        return answer.events

    return Subscription(consumer, db, broker, list_events).run


__all__ = ["Consumer", "Mode", "Received", "Subscription", "run_consumer", "waves"]

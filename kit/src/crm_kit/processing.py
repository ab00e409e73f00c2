"""What operators see of events being applied: spans, durations, and the way from commit to effect."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from crm_kit.envelope import Envelope, is_sampled
from crm_kit.telemetry import (
    Context,
    Link,
    SpanKind,
    event_end_to_end,
    extract,
    link_to,
    messaging_process_duration,
    span,
)


@contextmanager
def processing(consumer: str, events: Sequence[Envelope]) -> Iterator[None]:
    """One event continues the trace it comes from; many run in a trace of their own that links to each of theirs.

    Each sampled trace gets its span either way, so a request can be followed to its last consumer.
    """
    started = time.perf_counter()
    destination = events[0].event_type if len({event.event_type for event in events}) == 1 else consumer
    system = {"messaging.system": "nats", "messaging.operation.name": "process"}
    group = {"messaging.consumer.group.name": consumer}
    with ExitStack() as spans:
        links: list[Link] = []
        for event in (event for event in events if len(events) == 1 or is_sampled(event.traceparent)):
            context = extract({"traceparent": event.traceparent})
            link = link_to(context)
            links += link
            about = {"messaging.destination.name": event.event_type, "messaging.message.id": str(event.event_id)}
            name = f"process {event.event_type}"
            spans.enter_context(span(name, SpanKind.CONSUMER, system | group | about, context, link))
        if len(events) > 1:
            size: dict[str, str | int] = {
                "messaging.destination.name": destination,
                "messaging.batch.message_count": len(events),
            }
            spans.enter_context(
                span(f"process {destination}", SpanKind.CONSUMER, {**system, **group, **size}, Context(), links)
            )
        yield
    messaging_process_duration.record(
        time.perf_counter() - started, system | group | {"messaging.destination.name": destination}
    )


def processed(consumer: str, events: Sequence[Envelope]) -> None:
    """These events have taken effect just now."""
    now = time.time()
    for event in events:
        event_end_to_end.record(
            max(0.0, now - event.occur_time.timestamp()),
            {"messaging.consumer.group.name": consumer, "messaging.destination.name": event.event_type},
        )

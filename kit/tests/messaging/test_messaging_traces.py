"""A request can be followed through the broker to its last consumer."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from crm_kit import telemetry
from crm_kit.envelope import Envelope
from crm_kit.processing import processing
from crm_kit.telemetry.spans import use_tracer


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    use_tracer(provider.get_tracer("test"))
    yield exporter
    use_tracer(trace.NoOpTracer())


async def test_a_consumer_continues_the_trace_of_the_request_and_links_to_it(
    db, relay, announce, make_consumer, subscribe, effects, run, spans
) -> None:
    with telemetry.span("request") as request:
        wanted = request.get_span_context()
        await announce([uuid4()])
    async with run(relay.run, subscribe(make_consumer()).run):
        await effects.until(1)
    (processed,) = [s for s in spans.get_finished_spans() if s.name == "process crm.leads.v1.LeadClaimed"]
    (created,) = [s for s in spans.get_finished_spans() if s.name == "create crm.leads.v1.LeadClaimed"]
    assert created.parent.span_id == wanted.span_id
    assert processed.parent.span_id == created.context.span_id
    assert processed.context.trace_id == wanted.trace_id
    (sent,) = [s for s in spans.get_finished_spans() if s.name == "send leads"]
    assert sent.context.trace_id != wanted.trace_id
    for linked in (processed, sent):
        assert [link.context.span_id for link in linked.links] == [created.context.span_id]


def an_event(traceparent: str) -> Envelope:
    return Envelope(
        event_id=uuid4(),
        event_type="crm.leads.v1.LeadClaimed",
        source="/crm/leads",
        aggregate_type="lead",
        aggregate_id=uuid4(),
        event_seq=1,
        occur_time=datetime.now(UTC),
        actor="",
        unit_path="/",
        traceparent=traceparent,
        payload=b"",
    )


def test_many_events_share_a_trace_that_links_to_each_and_each_trace_gets_its_span(spans) -> None:
    sampled = [f"00-{n:032x}-{n:016x}-01" for n in (1, 2)]
    events = [an_event(parent) for parent in (*sampled, "00-" + "3" * 32 + "-" + "3" * 16 + "-00", "")]
    with processing("test", events):
        inside = trace.get_current_span().get_span_context()
    *single, batch = sorted(spans.get_finished_spans(), key=lambda s: (s.parent is None, s.context.trace_id))
    assert [s.context.trace_id for s in single] == [1, 2]
    assert batch.context.span_id == inside.span_id
    assert batch.context.trace_id not in {1, 2}
    assert [link.context.trace_id for link in batch.links] == [1, 2]

"""Spans as a collector receives them."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from crm_kit import telemetry
from crm_kit.errors import NotFound, Unavailable
from crm_kit.telemetry.setup import Telemetry


@dataclass
class Settings:
    otlp_endpoint: str = ""
    trace_sample: float = 1.0
    trace_file: str = ""


@dataclass
class Collector(TraceServiceServicer):
    """An OTLP receiver that keeps what it is sent."""

    spans: list[Any] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)

    def Export(self, request: Any, context: grpc.ServicerContext) -> ExportTraceServiceResponse:
        for group in request.resource_spans:
            self.resources.append({a.key: a.value.string_value for a in group.resource.attributes})
            for scope in group.scope_spans:
                self.spans.extend(scope.spans)
        return ExportTraceServiceResponse()

    def named(self, name: str) -> Any:
        (span,) = [span for span in self.spans if span.name == name]
        return span


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    server, received = grpc.server(ThreadPoolExecutor(2)), Collector()
    add_TraceServiceServicer_to_server(received, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield received, f"http://127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def recorded(collector: tuple[Collector, str]) -> Iterator[tuple[Collector, Telemetry]]:
    received, endpoint = collector
    running = telemetry.setup("leads", Settings(endpoint))
    yield received, running
    running.shutdown()


Recorded = tuple[Collector, Telemetry]


def attributes(span: Any) -> dict[str, str]:
    return {a.key: a.value.string_value for a in span.attributes}


def test_a_span_arrives_at_the_collector_under_its_parent(recorded: Recorded) -> None:
    received, running = recorded
    with telemetry.span("outer", telemetry.SpanKind.SERVER), telemetry.span("inner", attributes={"verb": "claim"}):
        pass
    running.flush()
    outer, inner = received.named("outer"), received.named("inner")
    assert inner.parent_span_id == outer.span_id
    assert inner.trace_id == outer.trace_id
    assert attributes(inner) == {"verb": "claim"}
    assert received.resources[0]["service.name"] == "leads"


def test_a_call_continues_the_trace_of_its_caller(recorded: Recorded) -> None:
    received, running = recorded
    with telemetry.span("caller"):
        headers = telemetry.inject()
    with telemetry.span("callee", parent=telemetry.extract(headers)):
        pass
    running.flush()
    assert received.named("callee").parent_span_id == received.named("caller").span_id


def test_a_consumer_links_to_the_span_its_message_was_created_in(recorded: Recorded) -> None:
    received, running = recorded
    with telemetry.span("create"):
        creation = telemetry.extract({"traceparent": telemetry.current_traceparent()})
    with telemetry.span("process", telemetry.SpanKind.CONSUMER, parent=creation, links=telemetry.link_to(creation)):
        pass
    running.flush()
    create, process = received.named("create"), received.named("process")
    assert [link.span_id for link in process.links] == [create.span_id]
    assert process.parent_span_id == create.span_id


def test_a_message_from_outside_any_trace_has_no_link() -> None:
    assert telemetry.link_to(telemetry.extract({})) == ()


def test_a_parent_without_a_trace_starts_a_new_one(recorded: Recorded) -> None:
    received, running = recorded
    with telemetry.span("work"), telemetry.span("other", parent=telemetry.extract({})):
        pass
    running.flush()
    assert received.named("other").trace_id != received.named("work").trace_id


def test_an_exception_is_recorded_by_type_and_stack_without_its_words(recorded: Recorded) -> None:
    received, running = recorded
    typed = "138" + "00138000"
    with pytest.raises(ValueError, match=typed), telemetry.span("work"):
        raise ValueError(typed)
    running.flush()
    span = received.named("work")
    assert span.status.code == span.status.STATUS_CODE_ERROR
    assert attributes(span)["error.type"] == "ValueError"
    assert "test_telemetry_traces" in attributes(span.events[0])["exception.stacktrace"]
    assert typed.encode() not in span.SerializeToString()


def test_a_refusal_is_an_answer_and_not_a_failure(recorded: Recorded) -> None:
    received, running = recorded
    with pytest.raises(NotFound), telemetry.span("work"):
        raise NotFound(resource="lead", id="1")
    running.flush()
    span = received.named("work")
    assert attributes(span)["error.type"] == "NOT_FOUND"
    assert span.status.code == span.status.STATUS_CODE_UNSET


def test_an_unavailable_part_is_a_failure(recorded: Recorded) -> None:
    received, running = recorded
    with pytest.raises(Unavailable), telemetry.span("work"):
        raise Unavailable
    running.flush()
    span = received.named("work")
    assert span.status.code == span.status.STATUS_CODE_ERROR


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True), ("", False)])
def test_a_stored_trace_context_tells_whether_it_is_recorded(flags: str, sampled: bool) -> None:
    assert telemetry.is_sampled(f"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}") is sampled


def test_only_allowed_baggage_crosses_the_border() -> None:
    received = telemetry.extract({"baggage": "crm.request_id=r1,email=ada%40example.com"})
    assert telemetry.inject(received)["baggage"] == "crm.request_id=r1"


def test_in_an_unsampled_trace_no_span_is_made_but_its_id_stays(collector: tuple[Collector, str]) -> None:
    received, endpoint = collector
    running = telemetry.setup("leads", Settings(endpoint, trace_sample=0.0))
    with telemetry.span("root") as root:
        trace_id = telemetry.trace_id_hex()
        with telemetry.span("first") as first, telemetry.span("second") as second:
            assert first is root
            assert second is root
            assert telemetry.trace_id_hex() == trace_id
            assert int(telemetry.inject()["traceparent"][-2:], 16) & 1 == 0
        assert telemetry.span("third") is telemetry.span("fourth"), "nothing is allocated"
    running.shutdown()
    assert received.spans == []
    assert len(trace_id) == 32


def test_an_unsampled_caller_is_obeyed_and_its_trace_id_kept(recorded: Recorded) -> None:
    received, running = recorded
    parent = telemetry.extract({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"})
    with telemetry.span("callee", parent=parent) as span:
        assert not span.is_recording()
        assert telemetry.trace_id_hex() == "0af7651916cd43dd8448eb211c80319c"
    assert telemetry.trace_id_hex() == ""
    running.flush()
    assert received.spans == []


def test_spans_go_to_a_file_as_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "traces" / "leads.jsonl"
    running = telemetry.setup("leads", Settings(trace_file=str(path)))
    with telemetry.span("outer"), telemetry.span("inner", attributes={"verb": "claim"}):
        trace_id = telemetry.trace_id_hex()
    running.shutdown()
    inner, outer = map(orjson.loads, path.read_bytes().splitlines())
    assert inner["trace_id"] == outer["trace_id"] == trace_id
    assert inner["parent_span_id"] == outer["span_id"]
    assert inner["service"] == "leads"
    assert inner["attributes"] == {"verb": "claim"}


def test_a_dead_collector_delays_the_end_of_the_process_by_five_seconds_at_most() -> None:
    # A port that accepts nothing: bound, never listening.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        running = telemetry.setup("leads", Settings(f"http://127.0.0.1:{closed.getsockname()[1]}"))
        with telemetry.span("lost"):
            pass
        started = time.monotonic()
        running.shutdown()
        assert time.monotonic() - started < 8

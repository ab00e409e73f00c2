"""Spans and the trace context that travels with calls and events."""

import re
import traceback
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import Token
from types import TracebackType

import grpc
from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from crm_kit.errors import Error

__all__ = [
    "Context",
    "Link",
    "Span",
    "SpanKind",
    "current_traceparent",
    "extract",
    "inject",
    "is_sampled",
    "link_to",
    "record_error",
    "span",
    "span_id_hex",
    "start_span",
    "trace_id_hex",
    "use_tracer",
]

BAGGAGE = ("crm.request_id", "crm.synthetic")
"""The only baggage that crosses a process border: nothing in it can name a person."""

# What semantic conventions count as the server's fault; any other status is an answer, not a failure.
_FAULTS = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
_TRACEPARENT = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_TRACE_CONTEXT = TraceContextTextMapPropagator()
_BAGGAGE = W3CBaggagePropagator()

_tracer: Tracer = NoOpTracer()


def use_tracer(tracer: Tracer) -> None:
    """Spans started from now on are this tracer's."""
    global _tracer  # noqa: PLW0603  one tracer per process, replaced only by setup
    _tracer = tracer


def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, AttributeValue] | None = None,
    parent: Context | None = None,
    links: Sequence[Link] = (),
) -> AbstractContextManager[Span]:
    """A span around the block, child of ``parent`` (from ``extract``) or of the current span.

    Inside a trace that is not sampled no span is made: the block runs under its caller's context, so the trace id stays
    in logs and on outgoing calls. An exception that leaves the block is recorded by type and stack, never by message,
    because messages quote what people typed.
    """
    enclosing = trace.get_current_span(parent).get_span_context()
    if enclosing.is_valid and not enclosing.trace_flags.sampled:
        return _UNCHANGED if parent is None else _Attached(parent)
    return _Recorded(name, kind, attributes, parent, links)


def start_span(name: str, kind: SpanKind, attributes: Mapping[str, AttributeValue]) -> Span:
    """A child of the current span that its caller ends; it does not become current."""
    return _tracer.start_span(name, kind=kind, attributes=attributes)


class _Unchanged:
    """The unsampled block: stateless, so one instance serves all."""

    __slots__ = ()

    def __enter__(self) -> Span:
        return trace.get_current_span()

    def __exit__(self, *_: object) -> None:
        return None


_UNCHANGED = _Unchanged()


class _Attached:
    """The unsampled block of a call that came from elsewhere: its context becomes current, nothing is recorded."""

    __slots__ = ("_context", "_token")
    _token: Token[Context]

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> Span:
        self._token = attach(self._context)
        return trace.get_current_span(self._context)

    def __exit__(self, *_: object) -> None:
        detach(self._token)


class _Recorded:
    __slots__ = ("_attributes", "_kind", "_links", "_name", "_parent", "_span", "_token")
    _span: Span
    _token: Token[Context]

    def __init__(
        self,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, AttributeValue] | None,
        parent: Context | None,
        links: Sequence[Link],
    ) -> None:
        self._name, self._kind, self._attributes, self._parent, self._links = name, kind, attributes, parent, links

    def __enter__(self) -> Span:
        self._span = _tracer.start_span(self._name, self._parent, self._kind, self._attributes, self._links)
        self._token = attach(trace.set_span_in_context(self._span, self._parent))
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        if error is not None:
            record_error(self._span, error)
        self._span.end()
        detach(self._token)


def record_error(into: Span, error: BaseException) -> None:
    """Notes why the work failed: a refusal by its reason, a fault also with its stack and an error status."""
    if not into.is_recording():
        return
    if isinstance(error, Error):
        into.set_attribute("error.type", error.reason)
        if error.status not in _FAULTS:
            return
    else:
        into.set_attribute("error.type", type(error).__qualname__)
    into.set_status(Status(StatusCode.ERROR))
    stack = "".join(traceback.format_tb(error.__traceback__))
    into.add_event("exception", {"exception.type": type(error).__qualname__, "exception.stacktrace": stack})


def extract(carrier: Mapping[str, str]) -> Context:
    """The caller's context from headers or metadata with lower-case names; a context of no trace without them."""
    context = _parent(carrier)
    if "baggage" in carrier:
        received = _BAGGAGE.extract(carrier, Context())
        for name in BAGGAGE:
            value = baggage.get_baggage(name, received)
            if value is not None:
                context = baggage.set_baggage(name, value, context)
    return context


def _parent(carrier: Mapping[str, str]) -> Context:
    given = carrier.get("traceparent")
    if given is None:
        return Context()
    # What nearly every call carries is read here, for a quarter of what the general propagator takes.
    found = _TRACEPARENT.fullmatch(given)
    if found is None or "tracestate" in carrier:
        return _TRACE_CONTEXT.extract(carrier, Context())
    trace_id, span_id, flags = int(found[1], 16), int(found[2], 16), int(found[3], 16)
    if not trace_id or not span_id:
        return Context()
    span = NonRecordingSpan(SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags)))
    return trace.set_span_in_context(span, Context())


def inject(context: Context | None = None) -> dict[str, str]:
    """``traceparent``, ``tracestate`` and ``baggage`` of the current context, each only when there is one."""
    span = trace.get_current_span(context).get_span_context()
    if not span.trace_state and not baggage.get_all(context):
        return {"traceparent": _traceparent(span)} if span.is_valid else {}
    carrier: dict[str, str] = {}
    _TRACE_CONTEXT.inject(carrier, context)
    _BAGGAGE.inject(carrier, context)
    return carrier


def link_to(context: Context, attributes: Mapping[str, AttributeValue] | None = None) -> tuple[Link, ...]:
    """The link to the span a message was created in; none when it was created outside any trace."""
    creation = trace.get_current_span(context).get_span_context()
    return (Link(creation, attributes),) if creation.is_valid else ()


def is_sampled(traceparent: str) -> bool:
    """Whether a stored ``traceparent`` belongs to a recorded trace. Its last bit says so; other bits may be set."""
    try:
        return bool(int(traceparent[-2:], 16) & TraceFlags.SAMPLED)
    except ValueError:
        return False


def current_traceparent() -> str:
    """The W3C ``traceparent`` of the current span; empty outside any trace."""
    context = trace.get_current_span().get_span_context()
    return _traceparent(context) if context.is_valid else ""


def _traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def trace_id_hex() -> str:
    """The current trace id, 32 hex digits; empty outside any trace."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""


def span_id_hex() -> str:
    """The current span id, 16 hex digits; empty outside any trace."""
    context = trace.get_current_span().get_span_context()
    return f"{context.span_id:016x}" if context.is_valid else ""

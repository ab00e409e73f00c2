"""Spans as JSON lines in a file: traces for a laptop and for tests, where no collector runs."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext

_KEEP_BYTES = 64 * 1024 * 1024


class TraceFileExporter(SpanExporter):
    """Appends one line per span: trace_id, span_id, parent_span_id, name, kind, service, start_unix_nano, duration_ms,
    status, attributes, links, events. A file past 64 MB is kept once, as ``<name>.1``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = b"".join(orjson.dumps(_line(span), option=orjson.OPT_APPEND_NEWLINE, default=str) for span in spans)
        # One append per batch: lines of processes that share the file do not mix.
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, lines)
            size = os.fstat(file).st_size
        finally:
            os.close(file)
        if size > _KEEP_BYTES:
            self._path.replace(self._path.with_name(self._path.name + ".1"))
        return SpanExportResult.SUCCESS


def _line(span: ReadableSpan) -> dict[str, Any]:
    start, end = span.start_time or 0, span.end_time or 0
    return {
        **_ids(span.get_span_context()),
        "parent_span_id": f"{span.parent.span_id:016x}" if span.parent else "",
        "name": span.name,
        "kind": span.kind.name,
        "service": span.resource.attributes.get("service.name", ""),
        "start_unix_nano": start,
        "duration_ms": (end - start) / 1e6,
        "status": span.status.status_code.name,
        "attributes": dict(span.attributes or {}),
        "links": [_ids(link.context) for link in span.links],
        "events": [{"name": event.name, "attributes": dict(event.attributes or {})} for event in span.events],
    }


def _ids(context: SpanContext | None) -> dict[str, str]:
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"} if context else {}

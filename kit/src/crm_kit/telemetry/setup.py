"""Telemetry of one process, from its settings to its last flush."""

import platform
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Protocol

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

from crm_kit.telemetry.metrics import build_info, use_meter
from crm_kit.telemetry.prometheus import PrometheusFamilies
from crm_kit.telemetry.spans import use_tracer
from crm_kit.telemetry.trace_file import TraceFileExporter

FLUSH_SECONDS: Final = 5.0
"""How long a stopping process waits for its last spans to leave."""

_EXPORT_SECONDS: Final = 4.0
_FILE_DELAY_MILLIS: Final = 500


class TelemetrySettings(Protocol):
    """What telemetry reads of a process's settings."""

    @property
    def otlp_endpoint(self) -> str:
        """``OTEL_EXPORTER_OTLP_ENDPOINT``: gRPC collector, ``https://`` with TLS, ``http://`` without; or empty."""

    @property
    def trace_sample(self) -> float:
        """``CRM_TRACE_SAMPLE``: share of new traces that are recorded, 0 to 1."""

    @property
    def trace_file(self) -> str:
        """``CRM_TRACE_FILE``: file for spans as JSON lines; empty for none."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The providers of this process; ``registry`` is what a metrics endpoint serves."""

    traces: TracerProvider
    meters: MeterProvider
    registry: CollectorRegistry

    def flush(self) -> None:
        """Sends what has been recorded so far; blocks until it is sent or refused."""
        self.traces.force_flush()

    def shutdown(self) -> None:
        """Sends the last spans and stops; takes at most ``FLUSH_SECONDS`` whatever the collector does."""
        # The SDK has no deadline for this; a dead collector must not hold up the process's end.
        last = threading.Thread(target=self.traces.shutdown, name="telemetry-shutdown", daemon=True)
        last.start()
        last.join(FLUSH_SECONDS)
        self.meters.shutdown(timeout_millis=1000)


def setup(service_name: str, settings: TelemetrySettings) -> Telemetry:
    """Starts recording for this process; call it once, before the first span, and ``shutdown`` at the end."""
    release = _release(service_name)
    resource = Resource.create(
        {
            "service.name": service_name,
            "service.namespace": "crm",
            "service.version": release,
            "service.instance.id": str(uuid.uuid4()),
        }
    )
    traces = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.trace_sample)), resource=resource, shutdown_on_exit=False
    )
    for processor in _processors(settings):
        traces.add_span_processor(processor)
    reader = InMemoryMetricReader()
    meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    registry = CollectorRegistry(target_info={"service_name": service_name, "service_version": release})
    registry.register(PrometheusFamilies(reader))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)

    use_tracer(traces.get_tracer("crm_kit", release))
    use_meter(meters.get_meter("crm_kit", release))
    # Libraries that bring their own instrumentation find the same providers; the API accepts them once.
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        trace.set_tracer_provider(traces)
        metrics.set_meter_provider(meters)
    build_info.set(1, {"service.version": release, "python.version": platform.python_version()})
    return Telemetry(traces, meters, registry)


def _processors(settings: TelemetrySettings) -> list[BatchSpanProcessor]:
    processors = []
    if settings.otlp_endpoint:
        secure = settings.otlp_endpoint.startswith("https://")
        exporter: SpanExporter = OTLPSpanExporter(settings.otlp_endpoint, insecure=not secure, timeout=_EXPORT_SECONDS)
        processors.append(BatchSpanProcessor(exporter))
    if settings.trace_file:
        exporter = TraceFileExporter(Path(settings.trace_file))
        processors.append(BatchSpanProcessor(exporter, schedule_delay_millis=_FILE_DELAY_MILLIS))
    return processors


def _release(service_name: str) -> str:
    for distribution in (service_name, f"crm-{service_name}"):
        with suppress(PackageNotFoundError):
            return version(distribution)
    return version("crm-kit")

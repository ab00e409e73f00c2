"""The instruments of the platform: names and units of OpenTelemetry, attributes from closed sets, never an id."""

import asyncio
import time
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Final

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Meter, NoOpMeter, Observation
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.util.types import AttributeValue

Attributes = Mapping[str, AttributeValue]

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of every duration histogram, seconds."""

INSTRUMENTS: Final[list["Instrument"]] = []
"""Every instrument of the process: the schema that documentation and the cardinality test read."""

_NO_ATTRIBUTES: Final[Attributes] = {}

_meter: Meter = NoOpMeter("crm")


def use_meter(meter: Meter) -> None:
    """Measurements from now on are this meter's."""
    global _meter  # noqa: PLW0603  one meter per process, replaced only by setup
    _meter = meter
    for instrument in INSTRUMENTS:
        instrument.bind(meter)


class Instrument(ABC):
    """A name, its unit, and the only attribute keys it takes; measuring before ``setup`` does nothing."""

    def __init__(self, name: str, unit: str, description: str, attributes: Iterable[str] = ()) -> None:
        self.name, self.unit, self.description = name, unit, description
        self.attributes = frozenset(attributes)
        INSTRUMENTS.append(self)
        self.bind(_meter)

    @abstractmethod
    def bind(self, meter: Meter) -> None:
        """Measures into ``meter`` from now on."""

    def _check(self, attributes: Attributes) -> None:
        if not attributes.keys() <= self.attributes:
            unknown = sorted(attributes.keys() - self.attributes)
            raise ValueError(f"{self.name} does not declare the attributes {unknown}; each one multiplies its series")


class Series:
    """One distribution: how many values fell into each bucket, the last above all bounds, and their sum."""

    __slots__ = ("counts", "exemplars", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0
        self.exemplars: dict[int, tuple[SpanContext, float, float]] = {}
        """By bucket, the latest value measured in a recorded trace: its span, the value, when in Unix seconds."""


class Histogram(Instrument):
    """A distribution, seconds unless its unit says otherwise.

    Every call measures several; the SDK's own histogram costs ten times as much per value.
    """

    def __init__(self, name: str, unit: str, description: str, attributes: Iterable[str] = ()) -> None:
        self._lock = Lock()
        super().__init__(name, unit, description, attributes)

    def bind(self, meter: Meter) -> None:  # noqa: ARG002  a new setup starts from nothing, whatever its meter
        self._series: dict[frozenset[tuple[str, AttributeValue]], Series] = {}
        self._found: dict[tuple[tuple[str, AttributeValue], ...], Series] = {}

    def record(self, value: float, attributes: Attributes = _NO_ATTRIBUTES) -> None:
        key = tuple(attributes.items())
        series = self._found.get(key)
        if series is None:
            self._check(attributes)
            series = self._found[key] = self._series.setdefault(frozenset(key), Series())
        place = bisect_left(BUCKETS, value)
        span = get_current_span()
        with self._lock:
            series.counts[place] += 1
            series.total += value
            if span.is_recording():
                series.exemplars[place] = (span.get_span_context(), value, time.time())

    def series(self) -> list[tuple[Attributes, Series]]:
        """What was measured since ``setup``, by attributes."""
        return [(dict(key), series) for key, series in list(self._series.items())]


class Counter(Instrument):
    """A total that only grows."""

    _instrument: metrics.Counter

    def bind(self, meter: Meter) -> None:
        self._instrument = meter.create_counter(self.name, self.unit, self.description)

    def add(self, amount: float = 1, attributes: Attributes = _NO_ATTRIBUTES) -> None:
        self._check(attributes)
        self._instrument.add(amount, attributes)


class Gauge(Instrument):
    """A level, as last told."""

    # The API names this type only privately.
    _instrument: "metrics._Gauge"

    def bind(self, meter: Meter) -> None:
        self._instrument = meter.create_gauge(self.name, self.unit, self.description)

    def set(self, value: float, attributes: Attributes = _NO_ATTRIBUTES) -> None:
        self._check(attributes)
        self._instrument.set(value, attributes)


class ObservedGauge(Instrument):
    """A level, asked for when somebody looks: costs nothing in between."""

    def __init__(self, name: str, unit: str, description: str, attributes: Iterable[str] = ()) -> None:
        self._sources: list[Callable[[], Iterable[tuple[float, Attributes]]]] = []
        super().__init__(name, unit, description, attributes)

    def bind(self, meter: Meter) -> None:
        meter.create_observable_gauge(self.name, [self._observe], self.unit, self.description)

    def watch(self, source: Callable[[], Iterable[tuple[float, Attributes]]]) -> Callable[[], None]:
        """Asks ``source`` at every look, until the returned function is called."""
        self._sources.append(source)
        return lambda: self._sources.remove(source)

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        # Two sources of one series (two engines of a process) add up; the SDK would keep the last.
        levels: dict[frozenset[tuple[str, AttributeValue]], float] = {}
        for source in list(self._sources):
            for value, attributes in source():
                self._check(attributes)
                series = frozenset(attributes.items())
                levels[series] = levels.get(series, 0) + value
        return [Observation(value, dict(series)) for series, value in levels.items()]


_RPC = ("rpc.system.name", "rpc.method", "rpc.response.status_code", "error.type")
_MESSAGING = ("messaging.system", "messaging.operation.name", "messaging.destination.name", "error.type")
_CONSUMER = ("messaging.consumer.group.name",)
_EVENT = ("messaging.destination.name",)

http_server_duration = Histogram(
    "http.server.request.duration",
    "s",
    "Time from the request's arrival to its answer.",
    ("http.request.method", "http.route", "http.response.status_code", "error.type"),
)
rpc_server_duration = Histogram("rpc.server.call.duration", "s", "Time an RPC took where it is served.", _RPC)
rpc_client_duration = Histogram("rpc.client.call.duration", "s", "Time an RPC took for its caller.", _RPC)
rpc_in_flight = ObservedGauge("crm.rpc.in_flight", "{call}", "RPCs at work right now.")
db_duration = Histogram(
    "db.client.operation.duration",
    "s",
    "Time a statement took for its caller.",
    ("db.system.name", "db.operation.name", "db.collection.name", "error.type"),
)
db_connections = ObservedGauge(
    "db.client.connection.count",
    "{connection}",
    "Connections of the pool.",
    ("db.client.connection.state",),
)
messaging_client_duration = Histogram(
    "messaging.client.operation.duration", "s", "Time a publish or fetch took.", _MESSAGING
)
messaging_process_duration = Histogram(
    "messaging.process.duration", "s", "Time a handler took for its messages.", (*_MESSAGING, *_CONSUMER)
)
outbox_pending = Gauge("crm.outbox.pending", "{event}", "Committed events not yet published.")
outbox_oldest_age = Gauge("crm.outbox.oldest_age", "s", "Age of the oldest committed event not yet published.")
outbox_published = Counter("crm.outbox.published", "{event}", "Events handed to the broker.")
consumer_lag = Gauge("crm.consumer.lag", "{message}", "Messages a consumer has still to process.", _CONSUMER)
consumer_redelivered = Counter("crm.consumer.redelivered", "{message}", "Messages delivered again.", _CONSUMER)
consumer_dead_lettered = Counter(
    "crm.consumer.dead_lettered", "{event}", "Events put aside after their last attempt.", (*_CONSUMER, *_EVENT)
)
events_unaccounted = Gauge(
    "crm.events.unaccounted",
    "{event}",
    "Announced events a consumer had not received at the last comparison.",
    _CONSUMER,
)
inbox_duplicates = Counter("crm.inbox.duplicates", "{event}", "Events recognised as processed before.", _CONSUMER)
event_end_to_end = Histogram(
    "crm.event.end_to_end", "s", "Time from an event's commit to the end of its processing.", (*_CONSUMER, *_EVENT)
)
audit_unsealed_age = Gauge("crm.audit.unsealed_age", "s", "Age of the oldest audit entry not yet in the chain.")
audit_sealed = Counter("crm.audit.sealed", "{entry}", "Audit entries that got their place in the chain.")
audit_lost = Counter("crm.audit.lost", "{entry}", "Reads and refusals that could not be written down.")
audit_alarms = Counter("crm.audit.alarms", "{alarm}", "Signs that a chain was rewritten.", ("reason",))
backup_last_success = Gauge("crm.backup.last_success.timestamp", "s", "The moment the newest backup brings back.")
loop_lag = Histogram("crm.loop.lag", "s", "How late the event loop woke a timer that was due.")
build_info = Gauge("crm.build.info", "1", "Always 1; says what runs.", ("service.version", "python.version"))
schema_version = Gauge("crm.schema.version", "1", "Always 1; says which migration the database has.", ("revision",))


async def watch_loop_lag(interval_seconds: float = 1.0) -> None:
    """Measures for ever how late the loop wakes; run it as a task of the process."""
    while True:
        due = time.monotonic() + interval_seconds
        await asyncio.sleep(interval_seconds)
        loop_lag.record(max(0.0, time.monotonic() - due))

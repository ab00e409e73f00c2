"""Metrics for a scraper: as Prometheus families, with exemplars that lead from a bucket to a trace."""

import re
from collections.abc import Iterator, Sequence

from opentelemetry.sdk.metrics.export import InMemoryMetricReader, Metric, NumberDataPoint, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from crm_kit.telemetry.metrics import BUCKETS, INSTRUMENTS, Attributes, Histogram, Series

_Bucket = tuple[str, float] | tuple[str, float, Exemplar]
_UNITS = {"s": "seconds", "By": "bytes"}
_BOUNDS = [*map(str, BUCKETS), "+Inf"]


class PrometheusFamilies(Collector):
    """Collects our histograms and the meter provider whenever a registry is scraped."""

    def __init__(self, reader: InMemoryMetricReader) -> None:
        self._reader = reader

    def collect(self) -> Iterator[Family]:
        for instrument in INSTRUMENTS:
            if isinstance(instrument, Histogram):
                measured = instrument.series()
                if measured:
                    yield _distribution(instrument, measured)
        data = self._reader.get_metrics_data()
        if data is None:
            return
        for resource in data.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    yield _level(metric)


def _distribution(instrument: Histogram, measured: Sequence[tuple[Attributes, Series]]) -> HistogramMetricFamily:
    labels = sorted({key for attributes, _ in measured for key in attributes})
    family = HistogramMetricFamily(
        _label(instrument.name),
        instrument.description,
        labels=list(map(_label, labels)),
        unit=_UNITS.get(instrument.unit, ""),
    )
    for attributes, series in measured:
        family.add_metric(_values(attributes, labels), _buckets(series), series.total)
    return family


def _level(metric: Metric) -> Family:
    labels = sorted({key for point in metric.data.data_points for key in point.attributes or {}})
    kind = CounterMetricFamily if isinstance(metric.data, Sum) and metric.data.is_monotonic else GaugeMetricFamily
    family: CounterMetricFamily | GaugeMetricFamily = kind(
        _label(metric.name),
        metric.description or "",
        labels=list(map(_label, labels)),
        unit=_UNITS.get(metric.unit or "", ""),
    )
    for level in metric.data.data_points:
        if isinstance(level, NumberDataPoint):
            family.add_metric(_values(level.attributes or {}, labels), level.value)
    return family


def _label(key: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", key)


def _values(attributes: Attributes, labels: Sequence[str]) -> list[str]:
    return [str(attributes.get(key, "")) for key in labels]


def _buckets(series: Series) -> list[_Bucket]:
    """Cumulative buckets, each with the latest exemplar that fell into it."""
    total = 0
    buckets: list[_Bucket] = []
    for position, (bound, count) in enumerate(zip(_BOUNDS, list(series.counts), strict=True)):
        total += count
        seen = series.exemplars.get(position)
        if seen is None:
            buckets.append((bound, total))
            continue
        span, value, when = seen
        trace = {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
        buckets.append((bound, total, Exemplar(trace, value, when)))
    return buckets

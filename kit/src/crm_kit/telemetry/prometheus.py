"""Metrics for a scraper: the SDK's data as Prometheus families, with exemplars that lead from a bucket to a trace."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from opentelemetry.sdk.metrics.export import (
    Histogram,
    HistogramDataPoint,
    InMemoryMetricReader,
    Metric,
    NumberDataPoint,
    Sum,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

_Bucket = tuple[str, float] | tuple[str, float, Exemplar]
_UNITS = {"s": "seconds", "By": "bytes"}


class PrometheusFamilies(Collector):
    """Collects the meter provider whenever a registry is scraped.

    The packaged exporter drops exemplars; without them nobody gets from a slow bucket to the trace behind it.
    """

    def __init__(self, reader: InMemoryMetricReader) -> None:
        self._reader = reader

    def collect(self) -> Iterator[Family]:
        data = self._reader.get_metrics_data()
        if data is None:
            return
        for resource in data.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    yield _family(metric)


def _family(metric: Metric) -> Family:
    name = _label(metric.name)
    unit = _UNITS.get(metric.unit or "", "")
    labels = sorted({key for point in metric.data.data_points for key in point.attributes or {}})
    if isinstance(metric.data, Histogram):
        histogram = HistogramMetricFamily(name, metric.description or "", labels=list(map(_label, labels)), unit=unit)
        for point in metric.data.data_points:
            histogram.add_metric(_values(point, labels), _buckets(point), point.sum)
        return histogram
    kind = CounterMetricFamily if isinstance(metric.data, Sum) and metric.data.is_monotonic else GaugeMetricFamily
    family: CounterMetricFamily | GaugeMetricFamily = kind(
        name, metric.description or "", labels=list(map(_label, labels)), unit=unit
    )
    for level in metric.data.data_points:
        if isinstance(level, NumberDataPoint):
            family.add_metric(_values(level, labels), level.value)
    return family


def _label(key: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", key)


def _values(point: HistogramDataPoint | NumberDataPoint, labels: Sequence[str]) -> list[str]:
    attributes = point.attributes or {}
    return [str(attributes.get(key, "")) for key in labels]


def _buckets(point: HistogramDataPoint) -> list[_Bucket]:
    """Cumulative buckets, each with the latest exemplar that fell into it."""
    exemplars: dict[int, Exemplar] = {}
    for seen in sorted(point.exemplars, key=lambda exemplar: exemplar.time_unix_nano):
        if seen.trace_id and seen.span_id:
            trace = {"trace_id": f"{seen.trace_id:032x}", "span_id": f"{seen.span_id:016x}"}
            exemplars[bisect_left(point.explicit_bounds, seen.value)] = Exemplar(
                trace, seen.value, seen.time_unix_nano / 1e9
            )
    total = 0
    buckets: list[_Bucket] = []
    for position, count in enumerate(point.bucket_counts):
        total += count
        bound = str(point.explicit_bounds[position]) if position < len(point.explicit_bounds) else "+Inf"
        exemplar = exemplars.get(position)
        buckets.append((bound, total, exemplar) if exemplar else (bound, total))
    return buckets

"""Metrics as a scraper receives them."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from crm_kit import telemetry
from crm_kit.metrics_endpoint import serve_metrics, serve_metrics_from_thread
from crm_kit.telemetry.metrics import INSTRUMENTS, Counter
from crm_kit.telemetry.setup import Telemetry


@dataclass
class Settings:
    otlp_endpoint: str = ""
    trace_sample: float = 1.0
    trace_file: str = ""


@pytest.fixture
def running() -> Iterator[Telemetry]:
    process = telemetry.setup("leads", Settings())
    yield process
    process.shutdown()


def get(url: str, accept: str = "application/openmetrics-text; version=1.0.0") -> str:
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read().decode()


async def scrape(running: Telemetry) -> str:
    server = await serve_metrics("127.0.0.1:0", running.registry, str)
    try:
        return await asyncio.to_thread(get, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/metrics")
    finally:
        server.close()


async def test_a_duration_appears_in_its_bucket_with_the_trace_behind_it(running: Telemetry) -> None:
    with telemetry.span("call"):
        trace_id = telemetry.trace_id_hex()
        telemetry.rpc_server_duration.record(0.03, {"rpc.method": "crm.x.v1.S/Get", "rpc.system.name": "grpc"})
    families = {family.name: family for family in text_string_to_metric_families(await scrape(running))}
    samples = families["rpc_server_call_duration_seconds"].samples
    buckets = {sample.labels["le"]: sample for sample in samples if sample.name.endswith("_bucket")}
    assert buckets["0.025"].value == 0
    assert buckets["0.05"].value == buckets["+Inf"].value == 1
    assert buckets["0.05"].labels["rpc_method"] == "crm.x.v1.S/Get"
    assert buckets["0.05"].exemplar.labels["trace_id"] == trace_id


async def test_counters_gauges_build_and_process_are_on_the_endpoint(running: Telemetry) -> None:
    telemetry.consumer_dead_lettered.add(2, {"messaging.consumer.group.name": "leads-timeline"})
    telemetry.outbox_oldest_age.set(1.5)
    text = await scrape(running)
    assert 'crm_consumer_dead_lettered_total{messaging_consumer_group_name="leads-timeline"} 2.0' in text
    assert "crm_outbox_oldest_age_seconds 1.5" in text
    assert "crm_build_info{" in text
    assert 'target_info{service_name="leads"' in text
    assert "process_resident_memory_bytes" in text
    assert text.endswith("# EOF\n")


async def test_observed_levels_of_two_sources_add_up_and_stop_with_their_source(running: Telemetry) -> None:
    stop = telemetry.rpc_in_flight.watch(lambda: [(2, {})])
    telemetry.rpc_in_flight.watch(lambda: [(3, {})])
    assert "crm_rpc_in_flight 5.0" in await scrape(running)
    stop()
    assert "crm_rpc_in_flight 3.0" in await scrape(running)


def test_an_undeclared_attribute_is_refused_before_it_multiplies_series(running: Telemetry) -> None:
    with pytest.raises(ValueError, match=r"lead\.id"):
        telemetry.rpc_server_duration.record(0.1, {"lead.id": "1"})


async def test_an_instrument_declared_after_setup_is_measured(running: Telemetry) -> None:
    late = Counter("crm.test.late", "{thing}", "Declared late.", ("kind",))
    try:
        late.add(1, {"kind": "a"})
        assert 'crm_test_late_total{kind="a"} 1.0' in await scrape(running)
    finally:
        INSTRUMENTS.remove(late)


async def test_a_late_loop_is_measured(running: Telemetry) -> None:
    watching = asyncio.create_task(telemetry.watch_loop_lag(0.01))
    await asyncio.sleep(0.05)
    watching.cancel()
    assert "crm_loop_lag_seconds_count" in await scrape(running)


async def test_probes_tell_ready_from_not_ready(running: Telemetry) -> None:
    state = {"missing": ""}
    server = await serve_metrics("127.0.0.1:0", running.registry, lambda: state["missing"])
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert await asyncio.to_thread(get, url + "/health/live") == "live\n"
    assert await asyncio.to_thread(get, url + "/health/ready") == "ready\n"
    state["missing"] = "waiting for the schema"
    with pytest.raises(urllib.error.HTTPError, match="503"):
        await asyncio.to_thread(get, url + "/health/ready")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        await asyncio.to_thread(get, url + "/")
    server.close()


def test_a_process_without_a_loop_serves_the_same_from_a_thread(running: Telemetry) -> None:
    telemetry.outbox_pending.set(7)
    server = serve_metrics_from_thread("127.0.0.1:0", running.registry, str)
    url = f"http://127.0.0.1:{server.server_port}"
    assert "crm_outbox_pending 7.0" in get(url + "/metrics", accept="text/plain")
    assert get(url + "/health/ready") == "ready\n"
    server.shutdown()
    server.server_close()

"""Who may talk to whom in a cluster is exactly what the code does: the policies against the composition roots."""

from pathlib import Path
from typing import Any

import pytest

from crm_local.settings import SERVICES

from .house import PROCESSES, callees, composed
from .manifests import OVERLAYS, environment, labels, policies_on, process, selects, workloads

GRPC = 7000


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    return callees(composed(tmp_path_factory.mktemp("keys")))


def pods(overlay: str) -> dict[str, dict[str, str]]:
    """The labels of the pods of each workload."""
    return {name: labels(each) for name, each in workloads(overlay).items()}


def admitted(rules: list[Any], side: str, other: dict[str, str], port: int) -> bool:
    """Whether rules of one direction name pods with these labels at a port."""
    return any(
        any("podSelector" in peer and selects(peer["podSelector"], other) for peer in rule.get(side, []))
        and port in {each["port"] for each in rule["ports"]}
        for rule in rules
    )


def may(overlay: str, caller: str, callee: str, port: int) -> bool:
    """Whether the policies of both ends let a workload reach another; what no policy speaks of is let through."""
    source, target = pods(overlay)[caller], pods(overlay)[callee]
    out = [spec for spec in policies_on(overlay, source) if "Egress" in spec["policyTypes"]]
    into = [spec for spec in policies_on(overlay, target) if "Ingress" in spec["policyTypes"]]
    leaves = not out or any(admitted(spec.get("egress", []), "to", target, port) for spec in out)
    enters = not into or any(admitted(spec.get("ingress", []), "from", source, port) for spec in into)
    return leaves and enters


def running(overlay: str) -> dict[str, str]:
    """Workloads that make calls, each with its process."""
    made = {name: process(each) for name, each in workloads(overlay).items()}
    return {name: own for name, own in made.items() if own in PROCESSES and not name.endswith("-migration")}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_calls_that_the_code_makes_are_let_through_and_no_others(overlay: str, calls: dict[str, set[str]]) -> None:
    made = {
        own: {callee for callee in SERVICES if may(overlay, workload, f"{callee}-api", GRPC)}
        for workload, own in running(overlay).items()
    }
    assert made == calls


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nobody_calls_workers_migrations_or_the_gateway(overlay: str) -> None:
    for caller in running(overlay):
        for name in SERVICES:
            assert not may(overlay, caller, f"{name}-worker", GRPC)
            assert not may(overlay, caller, f"{name}-migration", GRPC)
        assert not may(overlay, caller, "gateway", 8080)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everybody_who_announces_or_listens_reaches_the_broker(overlay: str) -> None:
    for name, each in workloads(overlay).items():
        wanted = bool({"CRM_NATS_URL", "CRM_NATS_URL_FILE"} & environment(overlay, each).keys())
        assert may(overlay, name, "nats", 4222) == wanted, name


def test_databases_are_open_to_those_that_have_one() -> None:
    for name, each in workloads("dev").items():
        wanted = bool({"CRM_DATABASE_URL_FILE", "CRM_PG_URL_FILE"} & environment("dev", each).keys())
        assert may("dev", name, "postgres", 5432) == wanted, name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_traces_reach_the_collector_where_one_is_named(overlay: str) -> None:
    named = {
        name for name, each in workloads(overlay).items() if "OTEL_EXPORTER_OTLP_ENDPOINT" in environment(overlay, each)
    }
    assert named == ({*running(overlay)} if overlay == "production" else set())
    for name in named:
        assert may(overlay, name, "collector", 4317)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_allowed_that_no_policy_names(overlay: str) -> None:
    for name, wanted in pods(overlay).items():
        closed = {kind for spec in policies_on(overlay, wanted) for kind in spec["policyTypes"]}
        assert closed == {"Ingress", "Egress"}, name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_identity_speaks_to_other_houses_and_only_by_https(overlay: str) -> None:
    for name, own in running(overlay).items():
        outside = [
            rule
            for spec in policies_on(overlay, pods(overlay)[name])
            for rule in spec.get("egress", [])
            if any("ipBlock" in peer for peer in rule.get("to", [{"ipBlock": "anywhere"}]))
        ]
        if own != "identity":
            assert not outside, name
        for rule in outside:
            assert rule["ports"] == [{"port": 443}]
            assert all(peer["ipBlock"]["except"] for peer in rule["to"])


def test_the_graph_is_read_from_the_code(calls: dict[str, set[str]], tmp_path: Path) -> None:
    assert calls["leads"] >= {"identity", "customers", "sales"}, "a conversion needs both"
    assert calls["gateway"] == set(SERVICES)

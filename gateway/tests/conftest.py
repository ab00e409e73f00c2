"""A running gateway: the real process on a free port, real gRPC servers behind it, a real HTTP client in front."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from crm.identity.v1 import role_pb2, session_service_pb2, user_pb2

from crm_kit.errors import Unauthenticated
from crm_kit.keys import Keys
from crm_kit.testing.processes import free_port

sys.path.insert(0, str(Path(__file__).parent))

from gateway_wire import Backend  # the folder of the tests is no package

TOKEN = "session-token-of-ada"
AUTHENTICATE = "crm.identity.v1.SessionService/Authenticate"


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    Keys.generate(folder, ["gateway", "leads", "identity", "reporting", "service-desk"])
    return folder


@pytest.fixture(scope="session")
def backends(keys_dir: Path) -> Iterator[dict[str, Backend]]:
    found = {name: Backend(name, Keys.load(keys_dir, name)) for name in ("leads", "identity", "service-desk")}
    found["identity"].standing[AUTHENTICATE] = authenticate
    for backend in found.values():
        backend.start()
    yield found
    for backend in found.values():
        backend.stop()


def authenticate(request: session_service_pb2.AuthenticateRequest) -> session_service_pb2.CurrentUser:
    if request.token_digest != hashlib.sha256(TOKEN.encode()).digest():
        raise Unauthenticated
    return session_service_pb2.CurrentUser(
        user=user_pb2.User(
            id="01990000-0000-7000-8000-000000000001",
            display_name="Ada",
            unit_path="/hq/east/",
            roles=["sales_rep"],
            language="zh-CN",
        ),
        grants=[role_pb2.Grant(permission="leads.*", scope="subtree")],
        session_id="s-1",
    )


def environment(keys_dir: Path, peers: dict[str, int], **more: str) -> dict[str, str]:
    named = ",".join(f"{name}=127.0.0.1:{port}" for name, port in peers.items())
    return os.environ | {
        "CRM_LISTEN": f"127.0.0.1:{free_port()}",
        "CRM_KEYS_DIR": str(keys_dir),
        "CRM_PEERS": named,
        "CRM_METRICS_LISTEN": f"127.0.0.1:{free_port()}",
        "CRM_DRAIN_SECONDS": "0",
        **more,
    }


class Running:
    """A gateway process and where it listens."""

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        self.settings, self.log = settings, log
        self.url = f"http://{settings['CRM_LISTEN']}"
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "crm_gateway", "serve"], env=settings, stdout=out, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/health/ready", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        self.process.kill()
        raise RuntimeError(f"the gateway did not start:\n{log.read_text()}")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture(scope="session")
def gateway(
    keys_dir: Path, backends: dict[str, Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("gateway")
    peers = {name: backend.port for name, backend in backends.items()} | {"reporting": free_port()}
    traces = str(folder / "traces.jsonl")
    running = Running(environment(keys_dir, peers, CRM_TRACE_FILE=traces), folder / "log")
    yield running
    running.stop()


@pytest.fixture
def leads(backends: dict[str, Backend]) -> Iterator[Backend]:
    backends["leads"].clear()
    yield backends["leads"]
    backends["leads"].clear()


@pytest.fixture
def identity(backends: dict[str, Backend]) -> Iterator[Backend]:
    backends["identity"].clear()
    yield backends["identity"]
    backends["identity"].clear()


@pytest.fixture
def http(gateway: Running) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept-Language": "en"}
    with httpx.Client(base_url=gateway.url, headers=headers, trust_env=False, timeout=20) as client:
        yield client

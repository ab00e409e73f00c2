"""What whole-platform tests share: one platform per session, the demo enterprise in it, and traces of every process."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crm_client import Client
from crm_gateway.backends import Backends
from crm_kit.keys import Keys
from crm_local import demo
from crm_local.settings import SERVICES

from .grpc_client import GrpcClient

ROOT = Path(__file__).parents[2]


def pytest_collection_finish() -> None:
    """Spans are written however early another test starts the platform."""
    os.environ.setdefault("CRM_TRACE_FILE", str(Path(tempfile.mkdtemp(prefix="crm-spans-")) / "spans.jsonl"))


@pytest.fixture(scope="session")
def sign_in(platform: Any) -> Callable[[str, str], Client]:
    """A client that acts as a user."""

    def sign_in(login: str, password: str) -> Client:
        with Client(platform.url) as door:
            session = door.call("CreateSession", {"login": login, "password": password})
        return Client(platform.url, str(session["token"]), timeout=60.0)

    return sign_in


@pytest.fixture(scope="session")
def sign_in_by_grpc(platform: Any) -> Iterator[Callable[[str, str], Client]]:
    """The same past the gateway: a client that calls the services' RPCs."""
    peers = {service: platform.address(service) for service in SERVICES}
    backends = Backends(peers, Keys.load(platform.run_dir / "keys" / "gateway", "gateway"))

    def sign_in(login: str, password: str) -> Client:
        session = GrpcClient(platform.url, backends).call("CreateSession", {"login": login, "password": password})
        return GrpcClient(platform.url, backends, str(session["token"]))

    yield sign_in
    backends.close()


@pytest.fixture(scope="session")
def administrator(platform: Any, sign_in: Callable[[str, str], Client]) -> Client:
    return sign_in("admin", platform.passwords["administrator"])


@pytest.fixture(scope="session")
def demo_lines(platform: Any) -> list[str]:
    """The demo enterprise, loaded; what the loading said."""
    lines: list[str] = []
    demo.load(platform.url, administrator_password=platform.passwords["administrator"], report=lines.append)
    return lines

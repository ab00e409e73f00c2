"""Services of which two processes run, behind a gateway that knows both: what a rolling restart needs."""

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from crm_kit.testing.processes import ChildProcess, free_port
from crm_local.programs import script, service_environment
from crm_local.settings import GATEWAY, SERVICES, Ports, read_settings

COPIES = 2
DRAIN_SECONDS = "1"
FOUND_AGAIN_SECONDS = 2.5
"""The longest pause between two tries to connect to a process that was away is 2 s: only then may the next one go.
``minReadySeconds`` on Kubernetes.
"""


class Replica:
    """One process of a service, which keeps its address when it is restarted."""

    def __init__(self, service: str, environment: Mapping[str, str], log: Path) -> None:
        self.service, self.address = service, environment["CRM_LISTEN"]
        self._environment, self._log = environment, log
        self.exits: list[int] = []
        self._child = self._start()

    def restart(self) -> None:
        """SIGTERM, the end it comes to by itself, a new one that says it is ready, and time for callers to find it."""
        self._child.process.send_signal(signal.SIGTERM)
        self.exits.append(self._child.process.wait(60))
        self._child = self._start()
        self.wait()
        time.sleep(FOUND_AGAIN_SECONDS)

    def wait(self) -> None:
        self._child.wait_until(self._serving, timeout=120)

    def stop(self) -> None:
        self._child.stop(grace=30)

    def _start(self) -> ChildProcess:
        return ChildProcess([script(self.service), "serve"], log=self._log, env=self._environment)

    def _serving(self) -> bool:
        if self.service == GATEWAY:
            try:
                return httpx.get(f"http://{self.address}/health/ready", trust_env=False).is_success
            except httpx.TransportError:
                return False
        with grpc.insecure_channel(self.address) as channel:
            asked = health_pb2.HealthCheckRequest(service="readiness")
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=1)
            except grpc.RpcError:
                return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@contextmanager
def replicated(platform: Any, services: Sequence[str], logs: Path) -> Iterator[tuple[str, list[Replica]]]:
    """The URL of a gateway of their own, and ``COPIES`` processes of each service, beside those of the platform."""
    ports: Ports = platform.ports
    addresses = {name: [f"127.0.0.1:{free_port()}" for _ in range(COPIES)] for name in services}
    peers = ",".join(
        f"{name}={'+'.join(addresses.get(name, [f'127.0.0.1:{ports.service(name)}']))}" for name in SERVICES
    )
    settings = read_settings({"CRM_RUN_DIR": str(platform.run_dir), "CRM_PORT_BASE": str(ports.base)})

    def environment(name: str, listen: str) -> dict[str, str]:
        url = "" if name == GATEWAY else platform.database_url(name)
        return service_environment(settings, name, url, f"nats://127.0.0.1:{ports.nats}") | {
            "CRM_LISTEN": listen,
            "CRM_METRICS_LISTEN": "127.0.0.1:0",
            "CRM_PEERS": peers,
            "CRM_DRAIN_SECONDS": DRAIN_SECONDS,
            "CRM_LEDGER_DIR": "",
        }

    running: list[Replica] = []
    try:
        for name in services:
            for listen in addresses[name]:
                log = logs / f"{name}-{listen.rpartition(':')[2]}.log"
                running.append(Replica(name, environment(name, listen), log))
        edge = Replica(GATEWAY, environment(GATEWAY, f"127.0.0.1:{free_port()}"), logs / "gateway.log")
        try:
            for one in (*running, edge):
                one.wait()
            yield f"http://{edge.address}", running
        finally:
            edge.stop()
    finally:
        for one in running:
            one.stop()

"""Services of which two processes run, behind a gateway that knows both: what a rolling restart needs."""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from crm_kit.testing.processes import free_port
from crm_local.programs import script, service_environment
from crm_local.readiness import grpc_ready, http_ready
from crm_local.settings import GATEWAY, SERVICES, Ports, read_settings

COPIES = 2
DRAIN_SECONDS = "1"
START_SECONDS = 120.0
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
        self._process = self._start()

    async def restart(self) -> None:
        """SIGTERM, the end it comes to by itself, a new one that says it is ready, and time for callers to find it."""
        self._process.send_signal(signal.SIGTERM)
        self.exits.append(await asyncio.to_thread(self._process.wait, 60))
        self._process = self._start()
        await self.ready()
        await asyncio.sleep(FOUND_AGAIN_SECONDS)

    async def ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not await (http_ready(f"http://{self.address}/health/ready") if self._edge else grpc_ready(self.address)):
            assert self._process.poll() is None, self._log.read_text(errors="replace")[-3000:]
            assert time.monotonic() < until, f"{self.service} was not ready after {START_SECONDS:.0f} s"
            await asyncio.sleep(0.1)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def _edge(self) -> bool:
        return self.service == GATEWAY

    def _start(self) -> subprocess.Popen[bytes]:
        # Nothing may run between fork and exec: this process has threads of gRPC, which do not survive that.
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [script(self.service), "serve"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@asynccontextmanager
async def replicated(platform: Any, services: Sequence[str], logs: Path) -> AsyncIterator[tuple[str, list[Replica]]]:
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
                await one.ready()
            yield f"http://{edge.address}", running
        finally:
            edge.stop()
    finally:
        for one in running:
            one.stop()

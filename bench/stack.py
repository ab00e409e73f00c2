"""The platform as processes of its own, for measuring: durable PostgreSQL, NATS, the services asked for, the gateway."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from crm_kit.keys import Keys
from crm_kit.testing.processes import ChildProcess, free_port, unprivileged_user
from crm_kit.testing.servers import NatsServer, PostgresServer, open_folders
from crm_local.credentials import Secrets
from crm_local.databases import Urls, make_databases
from crm_local.readiness import grpc_ready, http_ready

ADMINISTRATOR = ("admin", "measure-me-please")
TRACED = "0.05"
"""The share of traces recorded, as `make run` has it."""


@dataclass
class Stack:
    """Processes by name, the gateway's URL and the database of every service."""

    folder: Path
    names: Sequence[str]
    postgres: PostgresServer
    nats: NatsServer
    ports: dict[str, int] = field(default_factory=dict)
    children: dict[str, ChildProcess] = field(default_factory=dict)
    urls: dict[str, Urls] = field(default_factory=dict)

    @property
    def gateway(self) -> tuple[str, int]:
        return "127.0.0.1", self.ports["gateway"]

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def database(self, service: str) -> str:
        return f"{self.postgres.url.rpartition('/')[0]}/{service.replace('-', '_')}"

    def roles(self, service: str) -> Urls:
        """How the service reaches its database: bound by row security, unlike whoever uses ``database``."""
        return self.urls[service]

    def address(self, service: str) -> str:
        return f"127.0.0.1:{self.ports[service]}"

    def pid(self, name: str) -> int:
        return self.children[name].pid

    def start_platform(self) -> None:
        """Migrate, then start services and gateway, and wait until each says that it is ready."""
        Keys.generate(self.keys, [*self.names, "gateway"])
        for name in self.names:
            self._run_once(name, "migrate")
        for name in self.names:
            self.children[name] = self._serve(name)
        self.children["gateway"] = self._serve("gateway")
        for name in self.names:
            self.children[name].wait_until(partial(self._answers, name), 60)
        url = f"http://127.0.0.1:{self.ports['gateway']}/health/ready"
        self.children["gateway"].wait_until(lambda: asyncio.run(http_ready(url)), 60)

    def _answers(self, name: str) -> bool:
        return asyncio.run(grpc_ready(self.address(name)))

    def stop_platform(self) -> None:
        for name in ["gateway", *self.names]:
            child = self.children.pop(name, None)
            if child is not None:
                child.stop()

    def _environment(self, name: str) -> dict[str, str]:
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith(("CRM_", "OTEL_"))},
            "CRM_NATS_URL": self.nats.url(),
            "CRM_LISTEN": f"127.0.0.1:{self.ports[name]}",
            "CRM_METRICS_LISTEN": "127.0.0.1:0",
            "CRM_KEYS_DIR": str(self.keys),
            "CRM_PEERS": ",".join(f"{peer}={self.address(peer)}" for peer in self.names),
            "CRM_TRACE_SAMPLE": TRACED,
            "CRM_DRAIN_SECONDS": "0",
            "CRM_BOOTSTRAP_ADMIN_PASSWORD": ADMINISTRATOR[1],
        }

    def _serve(self, name: str) -> ChildProcess:
        log = self.folder / f"{name}.log"
        environment = self._environment(name)
        if name in self.urls:
            environment["CRM_DATABASE_URL"] = self.roles(name).serving
        return ChildProcess([_script(name), "serve"], log=log, env=environment)

    def _run_once(self, name: str, verb: str) -> None:
        serving, owner = self.roles(name)
        environment = {**self._environment(name), "CRM_DATABASE_URL": serving, "CRM_MIGRATION_DATABASE_URL": owner}
        child = ChildProcess([_script(name), verb], log=self.folder / f"{name}.log", env=environment)
        if child.process.wait(120):
            raise RuntimeError(f"crm-{name} {verb} failed:\n{child.last_lines(12)}")


@contextmanager
def started(names: Sequence[str], kept: Path | None = None) -> Iterator[Stack]:
    """PostgreSQL and NATS at work and a database per service; ``kept`` is a folder whose data outlives the run."""
    with ExitStack() as cleanup:
        folder = kept or Path(tempfile.mkdtemp(prefix="crm-bench-", dir=open_folders(unprivileged_user())[0]))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        if kept is None:
            cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = PostgresServer(folder / "postgres", port=free_port(), durable=True)
        postgres.settings |= {"shared_buffers": "2GB", "max_wal_size": "4GB"}
        # Kept with the rest: outboxes that remember more than the streams would be announced anew while we measure.
        nats = NatsServer(folder / "nats", port=free_port())
        stack = Stack(folder, names, postgres, nats, {name: free_port() for name in [*names, "gateway"]})
        postgres.start(folder / "postgres.log")
        cleanup.callback(postgres.stop)
        nats.start(folder / "nats.log")
        cleanup.callback(nats.stop)
        cleanup.callback(stack.stop_platform)
        assert postgres.child is not None
        assert nats.child is not None
        stack.children |= {"postgres": postgres.child, "nats": nats.child}
        made = make_databases(postgres.url, [*names, "scratch"], Secrets(folder / "passwords.json"))
        stack.urls, _ = asyncio.run(made)
        yield stack


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(f"crm-{name}"))

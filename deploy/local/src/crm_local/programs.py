"""The table of processes: what runs, with which settings, and how each says that it can work."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from crm_kit.backup.folder import BackupFolder
from crm_kit.testing.servers import NatsServer, PostgresServer
from crm_local.readiness import grpc_ready, http_ready
from crm_local.settings import GATEWAY, SERVICES, Settings
from crm_local.storage import Storage
from crm_local.supervisor import Program

INFRASTRUCTURE, SERVICE, EDGE = range(3)


def script(service: str) -> str:
    """The console script of a service, in the environment this command was started from."""
    return str(Path(sys.executable).with_name(f"crm-{service}"))


def postgres_program(server: PostgresServer) -> Program:
    async def ready(pid: int) -> bool:
        return server.ready(pid)

    return Program(
        name="postgres",
        command=server.command,
        stage=INFRASTRUCTURE,
        ready=ready,
        environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        where=f"on port {server.port}",
        user=server.user,
        # Fast shutdown: ends sessions, writes a checkpoint, loses nothing.
        stop_signal=signal.SIGINT,
        loud=False,
    )


def nats_program(server: NatsServer) -> Program:
    async def ready(pid: int) -> bool:
        return server.ready(pid)

    return Program(
        name="nats",
        command=server.command,
        stage=INFRASTRUCTURE,
        ready=ready,
        environment={"PATH": os.environ.get("PATH", os.defpath)},
        where=f"on port {server.port}",
        loud=False,
    )


def service_environment(settings: Settings, name: str, database_url: str, nats_url: str) -> dict[str, str]:
    """What the process ``name`` reads; the caller's own variables (tracing, log format, …) come first."""
    ports = settings.ports
    is_gateway = name == GATEWAY
    listen = f"{settings.host}:{ports.gateway}" if is_gateway else f"127.0.0.1:{ports.service(name)}"
    metrics = ports.gateway_metrics if is_gateway else ports.service_metrics(name)
    defaults = {
        "CRM_LOG_FORMAT": "console",
        "CRM_ROLE": "all",
        "CRM_TRACE_SAMPLE": "0.05",
        "CRM_TRACE_FILE": str(settings.run_dir / "traces" / f"{name}.jsonl"),
        "PYTHONUNBUFFERED": "1",
    }
    ours = {
        "CRM_LISTEN": listen,
        "CRM_METRICS_LISTEN": f"127.0.0.1:{metrics}",
        "CRM_KEYS_DIR": str(settings.run_dir / "keys" / name),
        "CRM_PEERS": ",".join(f"{peer}=127.0.0.1:{ports.service(peer)}" for peer in SERVICES),
        "CRM_NATS_URL": nats_url,
        "CRM_DRAIN_SECONDS": settings.drain_seconds,
        "CRM_LEDGER_DIR": str(BackupFolder(settings.backup_dir).ledger),
        "CRM_QUARANTINE": "on" if Storage(settings.run_dir).quarantine.exists() else "off",
        # Eight processes that compile all they import at every start take twice as long to start.
        "PYTHONDONTWRITEBYTECODE": "",
    }
    return {**defaults, **settings.environment, **ours, **({"CRM_DATABASE_URL": database_url} if database_url else {})}


def platform_programs(settings: Settings, environments: Mapping[str, Mapping[str, str]]) -> Sequence[Program]:
    """The seven services and the gateway, each with its environment from ``environments``."""
    ports = settings.ports
    services = [
        Program(
            name=name,
            command=[script(name), "serve"],
            stage=SERVICE,
            ready=partial(_grpc, f"127.0.0.1:{ports.service(name)}"),
            environment=environments[name],
            where=f"on port {ports.service(name)}",
        )
        for name in SERVICES
    ]
    gateway = Program(
        name=GATEWAY,
        command=[script(GATEWAY), "serve"],
        stage=EDGE,
        ready=partial(_http, f"{settings.url}/health/ready"),
        environment=environments[GATEWAY],
        where=f"at {settings.url}",
        stop_seconds=4.0,
    )
    return [*services, gateway]


async def _grpc(address: str, _pid: int) -> bool:
    return await grpc_ready(address)


async def _http(url: str, _pid: int) -> bool:
    return await http_ready(url)

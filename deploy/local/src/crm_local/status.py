"""``crm-local status`` and ``crm-local reset``: looking at the data folder of a platform, and deleting it."""

import asyncio
import sys
from dataclasses import replace

from crm_local.console import GREEN, RED, Console
from crm_local.lock import RunLock
from crm_local.readiness import grpc_ready, http_ready
from crm_local.settings import GATEWAY, SERVICES, Ports, Settings
from crm_local.storage import Storage

STOPPED = 3


async def status(settings: Settings) -> int:
    """Print one line per process; 0 when all are ready, 1 when some are not, 3 when nothing runs."""
    console = Console()
    holder = RunLock(settings.run_dir).holder()
    if holder is None:
        console.line(f"Tributary does not run in {settings.run_dir}; start it: make run")
        return STOPPED
    ports = Ports(holder.port_base)
    settings = replace(settings, ports=ports)
    console.line(f"Tributary runs in {settings.run_dir} (process {holder.pid}) at {holder.url}")
    answers = await asyncio.gather(
        *(grpc_ready(f"127.0.0.1:{ports.service(name)}") for name in SERVICES), http_ready(f"{holder.url}/health/ready")
    )
    for name, ready in zip([*SERVICES, GATEWAY], answers, strict=True):
        port = ports.gateway if name == GATEWAY else ports.service(name)
        mark = console.paint("✓ ready", GREEN) if ready else console.paint("✗ not ready", RED)
        console.line(f"  {name:<14} port {port}  {mark}")
    return 0 if all(answers) else 1


def reset(settings: Settings, *, sure: bool) -> int:
    """Delete the data folder, after asking; AlreadyRunningError while the platform runs."""
    if not settings.run_dir.exists():
        print(f"nothing to delete: {settings.run_dir} does not exist")
        return 0
    lock = RunLock(settings.run_dir)
    lock.take()
    if not sure:
        if not sys.stdin.isatty():
            print("not deleted: nobody can answer here; say it with --yes", file=sys.stderr)
            return 1
        if input(f"Delete all data in {settings.run_dir}? Type yes: ").strip().lower() != "yes":
            print("not deleted")
            return 1
    Storage(settings.run_dir).delete()
    print(f"deleted {settings.run_dir}")
    if settings.pg_url or settings.nats_url:
        print("the servers named by CRM_PG_URL and CRM_NATS_URL keep their data")
    return 0

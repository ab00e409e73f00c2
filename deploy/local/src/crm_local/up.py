"""``crm-local up``: one run, from the first check to an orderly end."""

import asyncio
import signal
from importlib import metadata

import asyncpg

from crm_kit.testing.processes import ServerStartError
from crm_local.console import BOLD
from crm_local.daily import keep_backing_up, keep_logging
from crm_local.lock import RunLock
from crm_local.ports import check_ports
from crm_local.settings import SERVICES, Settings
from crm_local.stack import Stack
from crm_local.supervisor import StartError


async def up(settings: Settings) -> int:
    """Run until somebody says stop; 0 after an orderly end, 1 when the start failed."""
    stack = Stack(settings)
    console = stack.console
    console.line(console.paint(f"Tributary {metadata.version('crm-local')}", BOLD) + f" in {settings.run_dir}")
    lock = RunLock(settings.run_dir)
    lock.take(settings.url, settings.ports.base)
    if stack.storage.restoring.exists():
        console.failed(
            "a restore into this folder did not come to its end; run it again: crm-local restore … --replace"
        )
        return 1
    check_ports(_listening(settings), settings.ports.base)
    work = asyncio.create_task(_forever(stack))
    stopping = False

    def interrupted() -> None:
        nonlocal stopping
        if stopping:
            console.failed("killing everything; the data is safe, the next start takes a little longer")
            stack.supervisor.kill()
        stopping = True
        work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, interrupted)
    failed = False
    try:
        await work
    except asyncio.CancelledError:
        console.line()
    except (StartError, ServerStartError, asyncpg.PostgresError, OSError) as failure:
        failed = True
        console.failed(f"{failure}\n    logs: {stack.storage.logs}")
    finally:
        stopping = True
        with console.step("stopped"):
            await stack.stop()
    return 1 if failed else 0


async def _forever(stack: Stack) -> None:
    await stack.start()
    await stack.opened()
    async with asyncio.TaskGroup() as keeping:
        keeping.create_task(keep_backing_up(stack.settings, stack.console))
        keeping.create_task(keep_logging(stack.settings, stack.console))


def _listening(settings: Settings) -> dict[str, tuple[str, int]]:
    """Every port a process of ours will open."""
    ports, local = settings.ports, "127.0.0.1"
    wanted = {"the gateway": (settings.host, ports.gateway), "metrics of the gateway": (local, ports.gateway_metrics)}
    for name in SERVICES:
        wanted |= {name: (local, ports.service(name)), f"metrics of {name}": (local, ports.service_metrics(name))}
    if not settings.pg_url:
        wanted["PostgreSQL"] = (local, ports.postgres)
    if not settings.nats_url:
        wanted |= {"NATS": (local, ports.nats), "NATS monitoring": (local, ports.nats_monitor)}
    return wanted

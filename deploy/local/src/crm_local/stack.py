"""Everything that runs on this machine, from an empty folder to a working platform."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from crm_kit.revisions import outdated
from crm_kit.testing.servers import NatsServer, PostgresServer
from crm_local.console import Console
from crm_local.credentials import Secrets, make_keys
from crm_local.databases import database_name, make_databases
from crm_local.programs import nats_program, platform_programs, postgres_program, script, service_environment
from crm_local.readiness import require_reachable
from crm_local.settings import GATEWAY, SERVICES, Settings
from crm_local.storage import Storage, orphan
from crm_local.supervisor import StartError, Supervisor, how_it_ended
from crm_local.welcome import welcome

START_SECONDS = 120.0
LOOK_SECONDS = 0.5


class Stack:
    """One run of everything."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.storage = Storage(settings.run_dir)
        self.console = Console()
        self.supervisor = Supervisor(self.console, self.storage.logs)
        self.secrets = Secrets(self.storage.passwords)
        self.administrator_password = ""
        self._serving: tuple[Mapping[str, str], str] = {}, ""

    async def start(self) -> None:
        """Servers, databases, migrations, services, gateway; then the demo data of a first run, then the URL."""
        began = time.monotonic()
        environments = await self.found()
        await self.supervisor.start(platform_programs(self.settings, environments), START_SECONDS)
        if self.storage.quarantine.exists():
            self.console.note(
                "IN QUARANTINE after a restore: people can read, nothing changes; `crm-local open` ends it"
            )
        elif self.settings.demo and not self.storage.demo_logins.exists():
            await self._load_demo_data()
        welcome(self.console, self.settings, self.storage, self.administrator_password, time.monotonic() - began)
        self.supervisor.listen()

    async def opened(self) -> None:
        """In quarantine: wait until `crm-local open` ends it, then start the services anew without it."""
        if not self.storage.quarantine.exists():
            return
        while self.storage.quarantine.exists():  # noqa: ASYNC110 — another process removes it
            await asyncio.sleep(LOOK_SECONDS)
        self.console.note("the quarantine is over: the services start anew")
        environments = self._environments(*self._serving)
        await self.supervisor.replace(platform_programs(self.settings, environments), START_SECONDS)
        self.supervisor.listen()

    async def found(self) -> dict[str, dict[str, str]]:
        """Everything services stand on: servers, keys, databases with current schemas; answers what each process reads."""
        self.storage.prepare()
        self.administrator_password = self.secrets.password(
            "administrator", self.settings.environment.get("CRM_BOOTSTRAP_ADMIN_PASSWORD", "")
        )
        admin_url, nats_url = await self._servers()
        make_keys(self.storage.keys, [*SERVICES, GATEWAY])
        with self.console.step(f"{len(SERVICES)} databases"):
            urls, refused = await make_databases(admin_url, SERVICES, self.secrets)
        if refused:
            self.console.note(refused)
        self._serving = {name: both.serving for name, both in urls.items()}, nats_url
        environments = self._environments(*self._serving)
        await asyncio.gather(*(self._migrate(name, environments[name], urls[name].owner) for name in SERVICES))
        return environments

    async def _servers(self) -> tuple[str, str]:
        settings, programs = self.settings, []
        admin_url, nats_url = settings.pg_url, settings.nats_url
        await asyncio.gather(
            require_reachable("CRM_PG_URL", admin_url, 5432), require_reachable("CRM_NATS_URL", nats_url, 4222)
        )
        if not admin_url:
            data = self.storage.postgres()
            await self._end_orphan(data)
            server = PostgresServer(
                data, port=settings.ports.postgres, durable=True, password=self.secrets.password("database postgres")
            )
            if await asyncio.to_thread(server.initialise):
                self.console.note(f"new database files in {data}")
            programs.append(postgres_program(server))
            admin_url = server.url
        if not nats_url:
            if self.storage.nats_running.exists():
                self.console.note(
                    "NATS was not stopped in order last time: the services send again what it may have lost"
                )
            broker = NatsServer(self.storage.nats, port=settings.ports.nats, monitor_port=settings.ports.nats_monitor)
            broker.initialise()
            self.storage.nats_running.touch()
            programs.append(nats_program(broker))
            nats_url = broker.url()
        if programs:
            await self.supervisor.start(programs, START_SECONDS)
        return admin_url, nats_url

    async def _end_orphan(self, data: Path) -> None:
        """Where the system cannot end children with their parent, a killed supervisor leaves PostgreSQL behind."""
        pid = orphan(data)
        if pid is None:
            return
        self.console.note(f"PostgreSQL of an earlier run (process {pid}) still uses {data}: stopping it")
        os.kill(pid, signal.SIGINT)
        async with asyncio.timeout(START_SECONDS):
            while orphan(data) is not None:  # noqa: ASYNC110 — another process ends
                await asyncio.sleep(0.1)

    def _environments(self, urls: Mapping[str, str], nats_url: str) -> dict[str, dict[str, str]]:
        everyone = [*SERVICES, GATEWAY]
        made = {name: service_environment(self.settings, name, urls.get(name, ""), nats_url) for name in everyone}
        for name in everyone:
            made[name].pop("CRM_BOOTSTRAP_ADMIN_PASSWORD", None)
        made["identity"]["CRM_BOOTSTRAP_ADMIN_PASSWORD"] = self.administrator_password
        return made

    async def _migrate(self, service: str, environment: Mapping[str, str], owner_url: str) -> None:
        with self.console.step(f"{service} schema is current"):
            # Asking costs a query, the command a process that imports the whole service.
            if not await outdated(environment["CRM_DATABASE_URL"], f"crm_{database_name(service)}"):
                return
            await self.run_once(
                f"migrating {service}",
                [script(service), "migrate"],
                {**environment, "CRM_MIGRATION_DATABASE_URL": owner_url},
            )

    async def _load_demo_data(self) -> None:
        self.console.note("loading the demo data, through the public API as any client would (first run only) …")
        command = [script("local"), "demo"]
        environment = {**self.settings.environment, "CRM_BOOTSTRAP_ADMIN_PASSWORD": self.administrator_password}
        try:
            with self.console.step("demo data"):
                await self.run_once("loading the demo data", command, environment, show=True)
        except StartError as failure:
            self.console.failed(f"{failure}\n    the platform works without it; `make demo` tries again")

    async def run_once(
        self, what: str, command: Sequence[str], environment: Mapping[str, str], *, show: bool = False
    ) -> list[str]:
        """Run a command to its end and answer the lines it wrote; StartError with them when it fails."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
        lines: list[str] = []
        try:
            assert process.stdout is not None
            async for raw in process.stdout:
                lines.append(raw.decode(errors="replace").rstrip())
                if show:
                    self.console.line(f"    {lines[-1]}")
            status = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if status:
            story = "" if show else "\n" + "\n".join(f"    {line}" for line in lines[-40:])
            raise StartError(f"{what} failed: {how_it_ended(status)}{story}")
        return lines

    async def stop(self) -> None:
        await self.supervisor.stop()
        if not self.supervisor.killed:
            self.storage.nats_running.unlink(missing_ok=True)

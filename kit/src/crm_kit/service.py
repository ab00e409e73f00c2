"""One service process, from start to drained stop.

The composition root of a service answers, given the ``Runtime``, with its ``Parts``; this module runs them: RPCs,
relay, consumers, timers, jobs, sagas, health and metrics.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from crm_kit import bulk_changes, idempotency, preconditions, saga_retention, telemetry
from crm_kit import logging as crm_logging
from crm_kit.accounting import Accounting
from crm_kit.audit_work import AuditWork
from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.watching import watch
from crm_kit.bulk_work import BulkWork
from crm_kit.call import Call
from crm_kit.consumer import Mode
from crm_kit.database import Database
from crm_kit.endings import LedgerKeeper
from crm_kit.incidents import Incidents
from crm_kit.keys import Keys
from crm_kit.metrics_endpoint import serve_metrics
from crm_kit.parts import Parts, Runtime, Service, servicers
from crm_kit.producers import Producers
from crm_kit.reconciler import GapFiller
from crm_kit.relay import Relay
from crm_kit.revocations import Revocations
from crm_kit.rpc.channels import Channels
from crm_kit.rpc.server import OPTIONS, Endpoints
from crm_kit.saga import Sagas
from crm_kit.settings import ProcessSettings
from crm_kit.stream import Broker
from crm_kit.subject_keys import SubjectKeys, keep_forgetting, keep_wrapped
from crm_kit.subscription import Subscription

log = logging.getLogger(__name__)

Loop = Callable[[asyncio.Event], Awaitable[None]]
STOP_SECONDS = 20.0


async def serve(service: Service, settings: ProcessSettings) -> None:
    """Run the service until SIGTERM or SIGINT, then drain."""
    crm_logging.setup(f"crm-{service.name}", log_format=settings.log_format)
    recording = telemetry.setup(f"crm-{service.name}", settings)
    db = Database(settings.database_url, pool_size=settings.pool_size)
    keys = Keys.load(settings.keys_dir, service.name)
    channels = Channels(settings.peers, keys)
    sagas = Sagas(db)
    parts = service.compose(Runtime(settings, db, channels, sagas))
    sagas.register(parts.plans)
    process = _Process(service, settings, db, keys, channels, sagas, parts)
    metrics = await serve_metrics(settings.metrics_listen, recording.registry, lambda: process.missing)
    try:
        await process.run()
    finally:
        metrics.close()
        await channels.close()
        await db.dispose()
        recording.shutdown()


class _Process:
    def __init__(
        self,
        service: Service,
        settings: ProcessSettings,
        db: Database,
        keys: Keys,
        channels: Channels,
        sagas: Sagas,
        parts: Parts,
    ) -> None:
        self.service, self.settings, self.db, self.keys = service, settings, db, keys
        self.channels, self.sagas, self.parts = channels, sagas, parts
        self.health = health.aio.HealthServicer()
        self.stop = asyncio.Event()
        self.missing = "starting"
        """What it lacks to serve, in words; empty when it serves."""
        # A worker has them too: bulk changes are carried out through them.
        self.endpoints = self._endpoints()

    def is_ready(self) -> bool:
        return not self.missing

    def note_missing(self, what: str) -> None:
        self.missing = what

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for received in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(received, self.stop.set)
        for name in ("", "liveness", "readiness"):
            await self._say(name, serving=name == "liveness")
        server = await self._listen()
        if await preconditions.schema(self.service, self.settings, self.stop, self.note_missing):
            await self._start()
            work, halt = await self._work()
            self.missing = ""
            for name in ("", "readiness"):
                await self._say(name, serving=True)
            log.info("serving on %s", self.settings.listen)
            if self.settings.quarantine == "on":
                log.warning("IN QUARANTINE: records can be read and not changed, timers and jobs wait")
            await self.stop.wait()
            await self._drain(server, work, halt)
        else:
            await server.stop(0)

    async def _listen(self) -> grpc.aio.Server:
        """The port answers health checks at once; RPCs follow the schema."""
        server = grpc.aio.server(options=OPTIONS)
        health_pb2_grpc.add_HealthServicer_to_server(self.health, server)
        if self.settings.role in {"all", "api"}:
            self.endpoints.register(server)
        try:
            server.add_insecure_port(self.settings.listen)
        except RuntimeError as error:
            raise SystemExit(f"crm-{self.service.name}: {self.settings.listen} is taken; set CRM_LISTEN.") from error
        await server.start()
        return server

    def _endpoints(self) -> Endpoints:
        endpoints = Endpoints(
            db=self.db,
            keys=self.keys,
            servicers=servicers(self.service, self.parts, self.channels, self.sagas),
            callers=self.parts.callers,
            ready=self.is_ready,
            quarantined=self.settings.quarantine == "on",
            at_once=self.db.most_connections,
        )
        telemetry.rpc_in_flight.watch(lambda: [(endpoints.in_flight, {})])
        return endpoints

    async def _start(self) -> None:
        await preconditions.row_security(self.service, self.settings, self.db.url)
        await self.db.open_subjects(SubjectKeys.load(self.settings.keys_dir, self.service.name))
        if self.parts.start is not None:
            await self.parts.start(Call.for_work(self.db, kind="service", name=self.service.name))

    async def _work(self) -> tuple[list[asyncio.Task[None]], asyncio.Event]:
        halt = asyncio.Event()
        broker = Broker(self.settings.nats_url, name=f"crm-{self.service.name}")
        loops: list[Loop] = [
            Revocations(broker, self.keys.refuse_before).run,
            self._audit().run,
            partial(keep_forgetting, self.db),
        ]
        if self.settings.role != "api":
            # Sagas started by a process for calls are woken there; the worker resumes what a crash left.
            await preconditions.durability(self.settings.nats_monitor_url, self.stop)
            parts = self.parts
            loops += self._messaging(broker)
            tidying = (idempotency.keep_tidy, saga_retention.keep_tidy, bulk_changes.keep_tidy, keep_wrapped)
            loops += [partial(tidy, self.db) for tidy in tidying]
            ledger = Path(self.settings.ledger_dir) if self.settings.ledger_dir else None
            backups = None if ledger is None else BackupFolder(ledger.parent)
            keeper = parts.incident_keeper
            loops.append(Incidents(self.db, self.service.name, self.channels, keeper, backups).run)
            if ledger is not None and backups is not None:
                loops.append(LedgerKeeper(self.db, parts.endings, ledger / f"{self.service.name}.jsonl").run)
                loops.append(partial(watch, backups))
            following = None if parts.following is None else parts.following.jobs
            if self.settings.quarantine == "off":
                bulk = BulkWork(self.endpoints, self.channels).jobs
                loops += [work.run for work in (parts.timers, parts.jobs, following, bulk) if work is not None]
        tasks = [asyncio.create_task(telemetry.watch_loop_lag())]
        tasks += [asyncio.create_task(self._guarded(loop, halt)) for loop in loops]
        tasks.append(asyncio.create_task(_close_after(halt, broker)))
        return tasks, halt

    def _messaging(self, broker: Broker) -> list[Loop]:
        relay = Relay(self.db, broker, self.service.domain, replicas=self.settings.stream_replicas)
        producers = Producers(self.channels, self.service.name)
        loops: list[Loop] = [relay.run, self.sagas.run]
        for consumer in self.parts.consumers:
            subscription = Subscription(consumer, self.db, broker)
            loops.append(subscription.run)
            if consumer.mode is Mode.LEDGER:
                loops.append(GapFiller(subscription.intake, self.db, producers.missed).run)
            loops.append(Accounting(subscription.intake, self.db, producers.digests, producers.announced).run)
        return loops

    def _audit(self) -> AuditWork:
        seals = self.settings.role != "api"
        return AuditWork(self.db, self.service.name, self.keys, self.channels, self.parts.audit_keeper, seals=seals)

    async def _guarded(self, loop: Loop, halt: asyncio.Event) -> None:
        """A loop that ends by itself is a bug; the process must not go on looking healthy."""
        try:
            await loop(halt)
        except Exception:
            log.exception("a worker loop died; stopping the process")
            self.stop.set()
            raise

    async def _drain(self, server: grpc.aio.Server, work: list[asyncio.Task[None]], halt: asyncio.Event) -> None:
        began = time.monotonic()
        self.missing = "draining: this process is stopping"
        await self.health.enter_graceful_shutdown()
        await asyncio.sleep(self.settings.drain_seconds)
        await server.stop(STOP_SECONDS)
        halt.set()
        work[0].cancel()
        _, late = await asyncio.wait(work, timeout=STOP_SECONDS)
        for task in late:
            task.cancel()
        log.info("stopped after %.1f s", time.monotonic() - began)
        if any(task.done() and not task.cancelled() and task.exception() is not None for task in work):
            # Whoever restarts what failed must see that it failed.
            raise SystemExit(1)

    async def _say(self, name: str, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        await self.health.set(name, status)


async def _close_after(halt: asyncio.Event, broker: Broker) -> None:
    await halt.wait()
    await asyncio.sleep(1.0)
    await broker.close()


__all__ = ["Parts", "Runtime", "Service", "serve", "servicers"]

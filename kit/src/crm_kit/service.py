"""One service process, from start to drained stop.

The composition root of a service answers, given the ``Runtime``, with its ``Parts``; this module runs them: RPCs,
relay, consumers, timers, jobs, sagas, health and metrics.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import grpc
from asyncpg.exceptions import PostgresError
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from crm_kit import bulk_changes, idempotency, revisions, row_security, saga_retention, telemetry
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
from crm_kit.stream import Broker, syncs_always
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
    metrics = await serve_metrics(settings.metrics_listen, recording.registry, process.is_ready)
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
        self.ready = False
        # A worker has them too: bulk changes are carried out through them.
        self.endpoints = self._endpoints()

    def is_ready(self) -> bool:
        return self.ready

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for received in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(received, self.stop.set)
        for name in ("", "liveness", "readiness"):
            await self._say(name, serving=name == "liveness")
        server = await self._listen()
        if await self._schema_ready():
            await self._start()
            work, halt = await self._work()
            self.ready = True
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

    async def _schema_ready(self) -> bool:
        """Wait until somebody has migrated the database; a half-migrated one is never served."""
        told = False
        while not self.stop.is_set():
            try:
                missing = await revisions.outdated(self.settings.database_url, self.service.package)
            except (OSError, PostgresError) as error:
                missing = [str(error)]
            if not missing:
                return True
            if not told:
                log.warning("waiting for the schema: run `crm-%s migrate` (%s)", self.service.name, ", ".join(missing))
                told = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), 0.5)
        return False

    async def _start(self) -> None:
        await self._insist_on_row_security()
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
            await self._insist_on_durability()
            parts = self.parts
            loops += self._messaging(broker)
            tidying = (idempotency.keep_tidy, saga_retention.keep_tidy, bulk_changes.keep_tidy, keep_wrapped)
            loops += [partial(tidy, self.db) for tidy in tidying]
            if self.settings.ledger_dir:
                ledger = Path(self.settings.ledger_dir)
                loops.append(LedgerKeeper(self.db, parts.endings, ledger / f"{self.service.name}.jsonl").run)
                loops.append(partial(watch, BackupFolder(ledger.parent)))
            following = None if parts.following is None else parts.following.jobs
            if self.settings.quarantine == "off":
                bulk = BulkWork(self.endpoints, self.channels).jobs
                loops += [work.run for work in (parts.timers, parts.jobs, following, bulk) if work is not None]
        tasks = [asyncio.create_task(telemetry.watch_loop_lag())]
        tasks += [asyncio.create_task(self._guarded(loop, halt)) for loop in loops]
        tasks.append(asyncio.create_task(_close_after(halt, broker)))
        return tasks, halt

    async def _insist_on_row_security(self) -> None:
        """A role that row security does not bind would make a forgotten predicate a leak."""
        tables = row_security.scoped_tables(self.service.metadata)
        wall = await row_security.examine(self.db.url, tables)
        for warning in wall.warnings:
            log.warning("%s", warning)
        if wall.faults and self.settings.row_security == "on":
            raise SystemExit("\n".join(f"crm-{self.service.name}: {fault}" for fault in wall.faults))
        for fault in wall.faults:
            log.warning("ROW SECURITY IS OFF: %s", fault)

    async def _insist_on_durability(self) -> None:
        """A broker that acknowledges before its disk has the message loses events with the power."""
        monitor = self.settings.nats_monitor_url
        while monitor and not self.stop.is_set():
            try:
                if await syncs_always(monitor):
                    return
            except OSError as error:
                log.warning("waiting for the broker's monitor at CRM_NATS_MONITOR_URL: %s", error)
                await asyncio.sleep(2)
                continue
            raise SystemExit("NATS: set `sync_interval: always` in its jetstream block, or unset CRM_NATS_MONITOR_URL.")

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
        self.ready = False
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

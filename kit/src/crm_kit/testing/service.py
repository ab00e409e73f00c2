"""A service under test: its real RPC server on a fresh database, called as whoever the test says.

Events are handed to its consumers each twice and out of order, because that is how a broker may deliver them.
"""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import grpc
from crm.type.v1.event_batch_pb2 import EventBatch
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message
from sqlalchemy import select
from uuid_utils.compat import uuid7

from crm_kit import migrations
from crm_kit.bulk_work import BulkWork
from crm_kit.call import Call
from crm_kit.consumer import Mode
from crm_kit.database import Database
from crm_kit.envelope import Envelope, headers, source_of, unpack
from crm_kit.intake import Intake
from crm_kit.keys import Keys
from crm_kit.outbox import outbox
from crm_kit.principal import Principal, Scope
from crm_kit.row_security import scoped_tables
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import Channels
from crm_kit.rpc.server import OPTIONS, Endpoints
from crm_kit.saga import Sagas
from crm_kit.service import Parts, Runtime, Service, servicers
from crm_kit.settings import ProcessSettings
from crm_kit.subject_keys import SubjectKeys
from crm_kit.testing.databases import DatabaseFactory

PEERS = ("gateway", "identity", "leads", "customers", "sales", "service-desk", "marketing", "reporting")


def somebody(
    *,
    unit_path: str = "/hq/",
    scope: Scope = Scope.ALL,
    permissions: Sequence[str] = ("*",),
    user_id: UUID | None = None,
    language: str = "en",
) -> Principal:
    """A user with these permissions in this scope; another one at every call."""
    return Principal(
        subject=str(user_id or uuid7()),
        name="Somebody",
        unit_path=unit_path,
        language=language,
        grants=tuple((permission, scope) for permission in permissions),
    )


@dataclass
class Announced:
    """One event the service wrote to its outbox."""

    event_type: str
    aggregate_id: UUID
    event_seq: int
    message: Any


@dataclass
class RunningService:
    """What a test does with a service."""

    service: Service
    db: Database
    parts: Parts
    keys_dir: Path
    address: str
    sagas: Sagas
    admin_url: str = ""
    bulk: BulkWork | None = None
    _channels: dict[str, Channels] = field(default_factory=dict)
    _heard: dict[str, UUID] = field(default_factory=dict)

    async def call(
        self, path: str, request: Message, principal: Principal, *, caller: str = "gateway", **metadata: str
    ) -> Any:
        """Call ``crm.leads.v1.LeadService/GetLead``; raises RemoteError when refused."""
        method = descriptors.method(path)
        if caller not in self._channels:
            self._channels[caller] = Channels({self.service.name: self.address}, Keys.load(self.keys_dir, caller))
        return await self._channels[caller].call(
            self.service.name,
            path,
            request,
            method.response_type,
            principal=principal,
            language=principal.language,
            metadata=metadata,
        )

    async def deliver(self, *facts: tuple[UUID, int, Message], seed: int = 0, actor: str = "user:test") -> None:
        """Hand events to every consumer that wants them: each twice, out of order.

        A fact is ``(aggregate_id, event_seq, message)``.
        """
        events = [envelope(aggregate_id, seq, message, actor) for aggregate_id, seq, message in facts]
        delivered = [*events, *events]
        random.Random(seed).shuffle(delivered)  # noqa: S311 - a reproducible order
        for consumer in self.parts.consumers:
            intake = Intake(consumer, self.db)
            wanted = (
                delivered
                if consumer.mode is Mode.LEDGER
                else [e for e in delivered if e.event_type in consumer.handlers]
            )
            for event in wanted:
                await intake.apply([event])

    async def hear(self, other: "RunningService") -> None:
        """What another service announced since it was last heard reaches every consumer that wants it."""
        since = self._heard.get(other.service.name, UUID(int=0))
        statement = select(outbox).where(outbox.c.event_id > since).order_by(outbox.c.event_id)
        async with other.db.connect() as connection:
            rows = (await connection.execute(statement)).all()
        events = [event for row in rows for event in unpack(headers(row), row.payload)]
        for consumer in self.parts.consumers:
            known = consumer.handlers if consumer.mode is Mode.PROJECTION else None
            ledger = other.service.domain in consumer.domains
            wanted = [event for event in events if (ledger if known is None else event.event_type in known)]
            if wanted:
                await Intake(consumer, self.db).apply(wanted)
        if rows:
            self._heard[other.service.name] = rows[-1].event_id

    async def follow(self) -> int:
        """Do the jobs by which records follow units and owners; answers how many there were."""
        assert self.parts.following is not None
        done = 0
        while taken := await self.parts.following.jobs.take(1):
            for row, lease in taken:
                await self.parts.following.jobs.work_on(row, lease)
                done += 1
        return done

    async def change_in_bulk(self) -> int:
        """Do the bulk changes that were asked for; answers how many there were."""
        assert self.bulk is not None
        done = 0
        while taken := await self.bulk.jobs.take(1):
            for row, lease in taken:
                await self.bulk.jobs.work_on(row, lease)
                done += 1
        return done

    async def announced(self, *types: type[Message]) -> list[Announced]:
        """What the service announced so far, in order, of these types or all."""
        statement = select(outbox).order_by(outbox.c.event_id)
        async with self.db.connect() as connection:
            rows = (await connection.execute(statement)).all()
        names = {message.DESCRIPTOR.full_name for message in types}
        return [
            Announced(row.event_type, row.aggregate_id, row.event_seq, decode(row.event_type, row.payload))
            for row in rows
            if (not names or row.event_type in names) and row.item_ids is None
        ]

    async def messages(self, kind: type[Message]) -> list[Any]:
        """The messages of one type that the service announced so far, in order, those of batches unpacked."""
        statement = select(outbox).where(outbox.c.event_type == kind.DESCRIPTOR.full_name).order_by(outbox.c.event_id)
        async with self.db.connect() as connection:
            rows = (await connection.execute(statement)).all()
        packed = [
            [item.payload for item in EventBatch.FromString(row.payload).items] if row.item_ids else [row.payload]
            for row in rows
        ]
        return [kind.FromString(one) for payloads in packed for one in payloads]

    async def administer(self, statement: str) -> None:
        """Do to the database what the serving role may not."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def work(self, now: datetime | None = None) -> Call:
        """A call with the service's own rights, for looking into its database."""
        return Call.for_work(self.db, kind="event", name="test", now=now or datetime.now(UTC))

    async def close(self) -> None:
        for channels in self._channels.values():
            await channels.close()
        await self.db.dispose()


def envelope(aggregate_id: UUID, seq: int, message: Message, actor: str = "user:test") -> Envelope:
    """An event as a consumer receives it."""
    event_type = message.DESCRIPTOR.full_name
    return Envelope(
        event_id=UUID(int=hash((aggregate_id, seq, event_type)) % (1 << 128)),
        event_type=event_type,
        source=source_of(event_type),
        aggregate_type="",
        aggregate_id=aggregate_id,
        event_seq=seq,
        occur_time=datetime.now(UTC),
        actor=actor,
        unit_path="/hq/",
        traceparent="",
        payload=message.SerializeToString(),
    )


def decode(event_type: str, payload: bytes) -> Any:
    descriptor = descriptor_pool.Default().FindMessageTypeByName(event_type)
    return message_factory.GetMessageClass(descriptor).FromString(payload)


@asynccontextmanager
async def running(
    service: Service, databases: DatabaseFactory, keys_dir: Path, *, peers: Mapping[str, str] | None = None
) -> AsyncIterator[RunningService]:
    """The service on a fresh database, its RPCs on a free port; ``peers`` are other services' addresses, looked up when
    they are called, so that two services can know each other.
    """
    peers = {} if peers is None else peers
    # A service without records of units may own its tables, because it makes some while it serves.
    make = databases.served if scoped_tables(service.metadata) else databases.clone
    url = await make(service.name, lambda target: migrations.upgrade(target, service.package))
    Keys.generate(keys_dir, list(PEERS))
    keys = Keys.load(keys_dir, service.name)
    db = Database(url, pool_size=20)
    await db.open_subjects(SubjectKeys.load(keys_dir, service.name))
    channels, sagas = Channels(peers, keys), Sagas(db)
    settings = ProcessSettings(database_url=url, nats_url="", listen="", keys_dir=keys_dir, peers=dict(peers))
    parts = service.compose(Runtime(settings, db, channels, sagas))
    sagas.register(parts.plans)
    if parts.start is not None:
        await parts.start(Call.for_work(db, kind="service", name=service.name))
    endpoints = Endpoints(
        db=db,
        keys=keys,
        callers=parts.callers,
        servicers=servicers(service, parts, channels, sagas),
    )
    server = grpc.aio.server(options=OPTIONS)
    endpoints.register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    made = RunningService(service, db.seeing_everything(), parts, keys_dir, f"127.0.0.1:{port}", sagas)
    made.admin_url = databases.url(urlsplit(url).path[1:])
    made.bulk = BulkWork(endpoints, channels)
    try:
        yield made
    finally:
        await server.stop(0)
        await channels.close()
        await made.close()
        await databases.drop(url)

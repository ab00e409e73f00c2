"""A producing and a consuming database, a broker, and events of one made-up aggregate."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.leads.v1.leads_events_pb2 import LeadClaimed, LeadReleased
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from crm_kit import audit_trail, jobs, modules, moves, outbox, timers
from crm_kit.consumer import Consumer, Mode, Received, Subscription
from crm_kit.database import Database, async_url
from crm_kit.inbox import inbox, inbox_cursor
from crm_kit.metadata import kit_metadata
from crm_kit.relay import Relay
from crm_kit.stream import Broker
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.tx import Tx

TABLES = [outbox.outbox, outbox.outbox_shard, inbox, inbox_cursor, timers.timer, jobs.job, moves.unit_move]
TABLES += [audit_trail.audit_entry, modules.suspension]


async def build(url: str) -> None:
    engine = create_async_engine(async_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: kit_metadata.create_all(sync, tables=TABLES))
        await connection.run_sync(outbox.seed)
        await connection.execute(
            text(
                "CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, "
                "aggregate_id uuid, event_seq bigint, note text)"
            )
        )
    await engine.dispose()


@pytest.fixture
async def db(database_factory: DatabaseFactory) -> AsyncIterator[Database]:
    url = await database_factory.clone("messaging", build)
    made = Database(url)
    yield made
    await made.dispose()
    await database_factory.drop(url)


@pytest.fixture
async def broker(fresh_nats: str) -> AsyncIterator[Broker]:
    made = Broker(fresh_nats, name="test", on_closed=lambda: None)
    assert await made.ready(asyncio.Event())
    yield made
    await made.close()


@dataclass
class Announcer:
    """Announces events of made-up leads, each in order from 1."""

    db: Database
    seqs: dict[UUID, int] = field(default_factory=dict)

    async def __call__(self, aggregates: Sequence[UUID], *, released: bool = False) -> list[outbox.Entry]:
        entries = []
        for aggregate in aggregates:
            seq = self.seqs[aggregate] = self.seqs.get(aggregate, 0) + 1
            message = LeadReleased(reason=str(seq)) if released else LeadClaimed()
            if not released:
                message.lead.id = str(aggregate)
            entries.append(
                outbox.entry(
                    aggregate_type="lead",
                    aggregate_id=aggregate,
                    event_seq=seq,
                    message=message,
                    occur_time=datetime.now(UTC),
                    actor="user:test",
                    unit_path="/hq/",
                )
            )
        async with self.db.session() as session:
            await outbox.write(session, entries)
            await session.commit()
        self.db.after_commit.set()
        return entries


@pytest.fixture
def announce(db: Database) -> Announcer:
    return Announcer(db)


def noting(consumer: Consumer, fail: Callable[[Received[Any]], Exception | None] = lambda _: None) -> Consumer:
    """The consumer, with a handler that writes one row per event and fails where told."""

    @consumer.on(LeadClaimed)
    async def note(tx: Tx, events: Sequence[Received[LeadClaimed]]) -> None:
        assert len({event.aggregate_id for event in events}) == len(events)
        for event in events:
            error = fail(event)
            if error is not None:
                raise error
        rows = [{"a": event.aggregate_id, "s": event.event_seq, "n": event.unit_path} for event in events]
        await tx.session.execute(text("INSERT INTO effect (aggregate_id, event_seq, note) VALUES (:a, :s, :n)"), rows)

    return consumer


@pytest.fixture
def make_consumer() -> Callable[..., Consumer]:
    def make(mode: Mode = Mode.LEDGER, fail: Callable[[Received[Any]], Exception | None] = lambda _: None) -> Consumer:
        return noting(Consumer(f"test-{uuid4().hex[:8]}", mode, retry_seconds=(0.05,) * 7), fail)

    return make


@asynccontextmanager
async def running(*loops: Any) -> AsyncIterator[None]:
    """The loops at work for as long as the block lasts."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(loop(stop)) for loop in loops]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 20)


@pytest.fixture
def run() -> Any:
    return running


@pytest.fixture
def relay(db: Database, broker: Broker) -> Relay:
    return Relay(db, broker, "leads")


@pytest.fixture
def subscribe(db: Database, broker: Broker) -> Callable[[Consumer], Subscription]:
    return lambda consumer: Subscription(consumer, db, broker)


class Effects:
    """What the handlers have written."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def rows(self, query: str = "SELECT aggregate_id, event_seq FROM effect ORDER BY id") -> list[Any]:
        async with self.db.connect() as connection:
            return list((await connection.execute(text(query))).all())

    async def until(self, count: int, seconds: float = 20) -> list[Any]:
        """All effects, once there are ``count``; fails when they do not come."""
        await self.until_true(f"SELECT count(*) >= {count} FROM effect", seconds)
        return await self.rows()

    async def until_true(self, query: str, seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not (await self.rows(query))[0][0]:
                await asyncio.sleep(0.02)

    async def are_once_and_in_order(self, announced: dict[UUID, int]) -> None:
        rows = await self.rows()
        seen: dict[UUID, list[int]] = {}
        for row in rows:
            seen.setdefault(row.aggregate_id, []).append(row.event_seq)
        assert seen == {aggregate: list(range(1, last + 1)) for aggregate, last in announced.items()}


@pytest.fixture
def effects(db: Database) -> Effects:
    return Effects(db)

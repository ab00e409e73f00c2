"""C-16: every event of the story, doubled, shuffled and delayed, leaves every consumer where the orderly run leaves it."""

import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from crm.identity.v1.identity_events_pb2 import UnitMoveCompleted

from crm_kit import following, migrations
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.intake import Intake
from crm_kit.keys import Keys
from crm_kit.mapping import mapping_of
from crm_kit.metadata import kit_metadata
from crm_kit.rpc.channels import Channels
from crm_kit.service import Parts
from crm_kit.subject_keys import INDEX_SUBJECT, SubjectKeys
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import decode
from crm_kit.tx import begin
from crm_local.settings import SERVICES

from .audit import Auditor
from .consumers import Listener, listeners, parts_of, service_named
from .events import EVERYTHING, Event, outbox_of
from .lost_answers import Repeater
from .scale import Scale

MOST_EVENTS = 3_000
DELAYED_SHARE = 0.1
VOLATILE = {"id", "create_time", "update_time", "record_time", "version", "event_seq"}
"""When a row was written and under which id of its own is no part of what it says."""
RARE = {
    "crm.leads.v1.LeadRecycled": "a timer of days",
    "crm.sales.v1.QuoteExpired": "a timer of days",
    "crm.sales.v1.ContractExpired": "a timer of days",
    "crm.sales.v1.PlanLineOverdue": "a timer of days",
    "crm.sales.v1.TaskReminderDue": "a timer of hours",
    "crm.service_desk.v1.KnowledgeArticleBecameStale": "a timer of months",
    "crm.service_desk.v1.SlaMet": "depends on the hour of the day",
    "crm.service_desk.v1.SlaBreached": "a timer of hours",
    "crm.leads.v1.LeadOverwritten": "needs a lead nobody has touched for months",
}
"""What a story told in a minute cannot bring about; the tests of the producing service announce it."""


@pytest.fixture(scope="module")
async def history(story: Repeater, auditor: Auditor) -> list[Event]:
    """What all services announced, whole aggregates only, in the order in which it happened."""
    events = [event for url in auditor.urls.values() for event in await outbox_of(url)]
    events.sort(key=lambda event: (event.envelope.occur_time, event.seq))
    kept: set[tuple[str, UUID]] = set()
    count = Counter(event.aggregate for event in events)
    for event in reversed(events):
        if sum(count[aggregate] for aggregate in kept | {event.aggregate}) <= MOST_EVENTS:
            kept.add(event.aggregate)
    return [event for event in events if event.aggregate in kept]


def test_the_story_announces_every_event_somebody_listens_to(history: list[Event], auditor: Auditor) -> None:
    handled = {name for listener in listeners(auditor.urls) for name in listener.consumer.handlers}
    unheard = sorted(handled - {event.type for event in history} - RARE.keys())
    assert unheard == [], unheard


@pytest.mark.parametrize("name", ["leads", "customers", "marketing", "reporting"])
async def test_doubled_shuffled_and_delayed_events_leave_the_same_state(
    name: str,
    history: list[Event],
    database_factory: DatabaseFactory,
    platform: Any,
    counts: Scale,
    rng: random.Random,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "SETTLED", timedelta(0))
    async with fresh(name, history, database_factory, platform) as (url, db, channels):
        parts = parts_of(service_named(name), db, channels)
        for consumer in parts.consumers:
            await deliver(consumer, db, wanted(Listener(name, consumer), history), [50] * len(history))
        await follow(parts)
        orderly = await state(url)
    assert any(orderly.values()), "the consumers left nothing to compare"
    for _ in range(counts.shuffles):
        async with fresh(name, history, database_factory, platform) as (url, db, channels):
            parts = parts_of(service_named(name), db, channels)
            for consumer in parts.consumers:
                events = disorder(wanted(Listener(name, consumer), history), rng)
                await deliver(consumer, db, events, [rng.randint(1, 60) for _ in events])
            await follow(parts)
            assert await parked(url) == []
            disorderly = await state(url)
        for table, rows in orderly.items():
            only_orderly, only_disorderly = rows - disorderly[table], disorderly[table] - rows
            assert not only_orderly | only_disorderly, (
                f"{table}: in order {only_orderly}, in disorder {only_disorderly}"
            )


def wanted(listener: Listener, history: Sequence[Event]) -> list[Event]:
    return [event for event in history if listener.wants(event)]


def disorder(events: Sequence[Event], rng: random.Random) -> list[Event]:
    """Each twice, in any order, some only when all others are through. The end of a unit's move comes last: there is none
    before this service, too, has said that it is through with the move.
    """
    last = [event for event in events if event.type == UnitMoveCompleted.DESCRIPTOR.full_name]
    events = [event for event in events if event not in last]
    late = {event.id for event in events if rng.random() < DELAYED_SHARE}
    prompt = [event for event in events if event.id not in late] * 2
    delayed = [event for event in events if event.id in late] * 2
    rng.shuffle(prompt)
    rng.shuffle(delayed)
    return [*prompt, *delayed, *last * 2]


async def deliver(consumer: Any, db: Database, events: Sequence[Event], sizes: Sequence[int]) -> None:
    intake = Intake(consumer, db)
    envelopes = [event.envelope for event in events]
    for size in sizes:
        await intake.apply(envelopes[:size])
        del envelopes[:size]
    await intake.resume()


async def follow(parts: Parts) -> None:
    """Records are where their units are and with whom they were handed over to, as soon as all is heard."""
    assert parts.following is not None
    while taken := await parts.following.jobs.take(1):
        for row, lease in taken:
            await parts.following.jobs.work_on(row, lease)


@asynccontextmanager
async def fresh(
    name: str, history: Sequence[Event], databases: DatabaseFactory, platform: Any
) -> AsyncIterator[tuple[str, Database, Channels]]:
    """A database of the service that knows nothing but, in customers, the customers as they were created; with the
    service's keys, and its way to the owners of sealed values.
    """
    service = service_named(name)
    url = await databases.clone(service.name, lambda target: migrations.upgrade(target, service.package))
    db = Database(url, pool_size=4)
    keys_dir = platform.run_dir / "keys" / name
    await share_index_key(platform.database_url(name), url)
    await db.open_subjects(SubjectKeys.load(keys_dir, name))
    channels = Channels({peer: platform.address(peer) for peer in SERVICES}, Keys.load(keys_dir, name))
    if name == "customers":
        await know_customers(db, history)
    try:
        yield url, db, channels
    finally:
        await channels.close()
        await db.dispose()
        await databases.drop(url)


async def share_index_key(source: str, target: str) -> None:
    """Every database makes its own key of blind indexes at its first start; digests are compared only under one."""
    reader, writer = await asyncpg.connect(source, server_settings=EVERYTHING), await asyncpg.connect(target)
    try:
        row = await reader.fetchrow("SELECT * FROM subject_key WHERE subject_id = $1", INDEX_SUBJECT)
        columns = ", ".join(row.keys())
        places = ", ".join(f"${number}" for number, _ in enumerate(row.keys(), start=1))
        await writer.execute(f"INSERT INTO subject_key ({columns}) VALUES ({places})", *row.values())
    finally:
        await reader.close()
        await writer.close()


async def know_customers(db: Database, history: Sequence[Event]) -> None:
    mapping = mapping_of("crm.customers.v1.Customer")
    assert mapping is not None
    async with begin(Call.for_work(db, kind="service", name="test")) as tx:
        for event in history:
            if event.type == "crm.customers.v1.CustomerCreated":
                message = decode(event.type, event.envelope.payload).customer
                values, _ = mapping.read(message)
                # A deleted customer's mnemonic may be another's by now, and here none is deleted.
                own = {"id": UUID(message.id), "mnemonic": message.id, "unit_path": message.unit_path}
                tx.add(mapping.entity(**{**values, **own}))


async def state(url: str) -> dict[str, Counter[str]]:
    """The rows of every table of the service itself, without what is volatile."""
    connection = await asyncpg.connect(url, server_settings=EVERYTHING)
    try:
        tables = [row[0] for row in await connection.fetch(_TABLES)]
        found = {}
        for table in sorted(set(tables) - set(kit_metadata.tables) - {"alembic_version"}):
            rows = [json.loads(row[0]) for row in await connection.fetch(f'SELECT to_jsonb(t) FROM "{table}" t')]
            # What a consumer did of its own at its moment tells of the moment, not of the events.
            rows = [row for row in rows if not str(row.get("actor")).startswith("event:")]
            said = [{key: value for key, value in row.items() if key not in VOLATILE} for row in rows]
            texts = (json.dumps(row, sort_keys=True, ensure_ascii=False) for row in said)
            # Every database seals under keys of its own; whether it is the same value the blind indexes tell.
            found[table] = Counter(_SEALED.sub('"sealed"', row) for row in texts)
        return found
    finally:
        await connection.close()


async def parked(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [f"{row[0]} {row[1]} {row[2]}" for row in await connection.fetch(_PARKED)]
    finally:
        await connection.close()


_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
_SEALED = re.compile(r'"sealed:[^"]*"')
_PARKED = "SELECT consumer, event_type, error FROM inbox WHERE state IN ('parked', 'dead')"

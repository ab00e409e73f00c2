"""A person goes from the records a service declares, from their trail and from the events that tell of them; once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.ops.v1.personal_data_service_pb2 import Finding
from crm.type.v1.event_batch_pb2 import EventBatch
from sqlalchemy import func, insert, literal, select, text

from crm_kit import saga
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.erasure import PersonAtWork, destroy_keys, erase
from crm_kit.inbox import inbox
from crm_kit.outbox import BatchItem, outbox
from crm_kit.personal_data import RECORD, Holding, Kept, PersonalData
from crm_kit.secret_box import SecretBox
from crm_kit.subject_keys import SubjectKeys, subject_key
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.tx import begin

from .shelf import Box, BoxOpened, StoredBox, build

OWNER = "shelf.owner"
box: Any = StoredBox.__table__
WHOSE = {OWNER: box.c.owner_id}
NAMES = PersonalData(holdings=(Holding(box, WHOSE, blank=("name", "tags", "labels", "custom_fields", "pack_date")),))


@pytest.fixture
async def db(database_factory: DatabaseFactory) -> AsyncIterator[Database]:
    url = await database_factory.clone("shelf", build)
    made = Database(url, pool_size=6)
    await made.open_subjects(SubjectKeys("shelf", SecretBox((b"k" * 32,))))
    yield made.seeing_everything()
    await made.dispose()
    await database_factory.drop(url)


def call(db: Database) -> Call:
    return Call.for_work(db, kind="service", name="customers")


async def a_box(db: Database, owner: UUID, **facts: Any) -> StoredBox:
    """A box with a history: made, renamed and announced."""
    async with begin(call(db)) as tx:
        made = tx.add(StoredBox(owner_id=owner, unit_path="/hq/", **{"name": "Ada's box", **facts}))
        tx.publish(made, BoxOpened())
    async with begin(call(db)) as tx:
        (await tx.load(StoredBox, made.id)).kind = "opened"
    async with begin(call(db)) as tx:
        (await tx.load(StoredBox, made.id)).name += " again"
    return made


async def the_box(db: Database, made: StoredBox) -> Any:
    async with db.connect() as connection:
        return (await connection.execute(text("SELECT * FROM box WHERE id = :id"), {"id": made.id})).one()


async def forget(db: Database, owner: UUID, data: PersonalData = NAMES, operation: UUID | None = None) -> list[Finding]:
    return await erase(call(db), "shelf", data, operation or uuid4(), {OWNER: [owner]}, "SR-1")


async def test_declared_columns_are_emptied_by_their_types_and_nobody_elses_are_touched(db: Database) -> None:
    ada, bob = uuid4(), uuid4()
    facts = {"tags": ["red"], "labels": [{"of": "Ada"}], "custom_fields": {"pet": "cat"}, "pack_date": date(2026, 1, 1)}
    hers, his = await a_box(db, ada, **facts, shelf=3), await a_box(db, bob, **facts)
    before = await the_box(db, his)
    [finding] = await forget(db, ada)
    assert (finding.record_type, finding.count, finding.outcome) == ("box", 1, Finding.ANONYMISED)
    row = await the_box(db, hers)
    assert (row.name, row.tags, row.labels, row.custom_fields, row.pack_date) == ("", [], [], {}, None)
    assert (row.shelf, row.kind, row.delete_time) == (3, "opened", None)
    assert await the_box(db, his) == before


async def test_what_an_obligation_keeps_stays_with_its_trail_and_its_events_and_is_named_with_its_last_day(
    db: Database,
) -> None:
    ada = uuid4()
    signed, draft = await a_box(db, ada, shelf=7), await a_box(db, ada)
    kept = Kept(box.c.shelf == 7, literal(date(2036, 12, 31)), "BY_LAW")
    found = await forget(
        db, ada, PersonalData(holdings=(Holding(box, WHOSE, blank=("name",), kept=kept, removed=True),))
    )
    assert [(one.count, one.outcome, one.reason, one.kept_until) for one in found] == [
        (1, Finding.ERASED, "", ""),
        (1, Finding.KEPT, "BY_LAW", "2036-12-31"),
    ]
    assert (await the_box(db, signed)).name == "Ada's box again"
    assert (await the_box(db, draft)).delete_time is not None
    assert await names_announced(db) == {signed.id: "Ada's box", draft.id: ""}
    assert await told_of(db, "Ada") == {signed.id}


async def test_of_the_trail_only_entries_about_erased_columns_go(db: Database) -> None:
    ada = uuid4()
    made = await a_box(db, ada)
    await forget(db, ada)
    assert await told_of(db, "Ada") == set()
    assert await told_of(db, "opened") == {made.id}


async def test_twins_have_one_effect_and_one_answer(db: Database) -> None:
    ada, operation = uuid4(), uuid4()
    made = await a_box(db, ada)
    first, second = await asyncio.gather(*(forget(db, ada, operation=operation) for _ in range(2)))
    assert first == second == await forget(db, ada, operation=operation)
    version = (await the_box(db, made)).version
    await forget(db, ada)
    assert (await the_box(db, made)).version == version, "what is empty already is left alone"


async def test_batches_lose_the_items_of_the_person_only(db: Database) -> None:
    ada, bob = uuid4(), uuid4()
    hers, his = await a_box(db, ada), await a_box(db, bob)
    async with begin(call(db)) as tx:
        items = [BatchItem(one.id, 9, BoxOpened(box=Box(id=str(one.id), name="Ada's box"))) for one in (hers, his)]
        await tx.publish_many("box", items)
    await forget(db, ada)
    async with db.connect() as connection:
        payload = select(outbox.c.payload).where(outbox.c.item_ids.is_not(None))
        batch = EventBatch.FromString((await connection.execute(payload)).scalar_one())
    names = {item.aggregate_id: BoxOpened.FromString(item.payload).box.name for item in batch.items}
    assert names == {str(hers.id): "", str(his.id): "Ada's box"}


async def test_events_that_wait_or_failed_lose_the_person_too(db: Database) -> None:
    ada = uuid4()
    made = await a_box(db, ada)
    waiting = {
        "source": "/crm/shelf",
        "event_type": "crm.shelf.v1.BoxOpened",
        "aggregate_type": "box",
        "aggregate_id": made.id,
        "payload": BoxOpened(box=Box(id=str(made.id), name="Ada's box")).SerializeToString(),
    }
    rows = [
        {**waiting, "consumer": f"c{at % 3}", "event_id": UUID(int=at // 3 + 1), "event_seq": at, "state": state}
        for at, state in enumerate(["parked", "dead"] * 200)
    ]
    async with begin(call(db)) as tx:
        await tx.session.execute(insert(inbox), rows)
    await forget(db, ada)
    async with db.connect() as connection:
        payloads = (await connection.execute(select(inbox.c.payload))).scalars().all()
    assert {BoxOpened.FromString(payload).box.name for payload in payloads} == {""}
    assert len(payloads) == len(rows)


async def test_a_holding_is_found_by_what_the_one_before_it_found(db: Database) -> None:
    ada = uuid4()
    hers = await a_box(db, ada)
    inside = await a_box(db, uuid4(), part_ids=[hers.id])
    within = {RECORD: box.c.part_ids.overlap}
    parts = Holding(box, within, blank=("name",), only=func.cardinality(box.c.part_ids) > 0)
    await forget(db, ada, PersonalData(holdings=(Holding(box, WHOSE, blank=("name",)), parts)))
    assert (await the_box(db, inside)).name == ""


async def test_an_operation_over_the_person_is_waited_for_and_its_log_is_emptied_once_it_has_ended(
    db: Database,
) -> None:
    ada = uuid4()
    async with begin(call(db)) as tx:
        running = await saga.start(tx, "move", str(ada), {"name": "Ada"})
    with pytest.raises(PersonAtWork):
        await forget(db, ada)
    async with db.connect() as connection:
        await connection.execute(text("UPDATE saga SET state = 'done' WHERE id = :id"), {"id": running})
    await forget(db, ada)
    async with db.connect() as connection:
        assert (await connection.execute(text("SELECT input FROM saga"))).scalar_one() == {}


async def test_another_process_forgets_a_destroyed_key_and_nobody_gets_a_key_anew(db: Database) -> None:
    ada, nobody = uuid4(), uuid4()
    here, there = db.subjects, SubjectKeys("shelf", SecretBox((b"k" * 32,)))
    assert here is not None
    key, row = here.new(ada)
    async with begin(call(db)) as tx:
        await tx.insert_many(subject_key, [row])
    there.remember({ada: key})
    await destroy_keys(call(db), uuid4(), {OWNER: [ada, nobody]})
    assert there.known([ada])[0][ada] is key
    await there.forget(db.fetch)
    assert there.known([ada])[0][ada] is None
    assert await SubjectKeys("shelf", SecretBox((b"k" * 32,))).of([ada, nobody], db.fetch) == {ada: None, nobody: None}


async def names_announced(db: Database) -> dict[UUID, str]:
    async with db.connect() as connection:
        rows = (await connection.execute(select(outbox.c.aggregate_id, outbox.c.payload))).all()
    return {row.aggregate_id: BoxOpened.FromString(row.payload).box.name for row in rows}


async def told_of(db: Database, word: str) -> set[UUID]:
    """Records of which the trail tells with this word."""
    asked = text("SELECT DISTINCT record_id FROM audit_entry WHERE position(:word IN details::text) > 0")
    async with db.connect() as connection:
        return set((await connection.execute(asked, {"word": word})).scalars())

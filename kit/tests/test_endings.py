"""What ended is noted beside the database within one look, once, and ended again in one that has forgotten it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from crm_kit.database import Database
from crm_kit.endings import DESTROYED_KEYS, Ended, Ledger, LedgerBroken, LedgerKeeper, replay
from crm_kit.errors import FailedPrecondition
from crm_kit.secret_box import SecretBox
from crm_kit.subject_keys import INSERT, SELECT, SubjectKeys
from crm_kit.testing.databases import DatabaseFactory

from .shelf import build

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def db(database_factory: DatabaseFactory) -> AsyncIterator[Database]:
    url = await database_factory.clone("shelf", build)
    made = Database(url, pool_size=2)
    await made.open_subjects(SubjectKeys("shelf", SecretBox((b"k" * 32,))))
    yield made
    await made.dispose()
    await database_factory.drop(url)


async def keys(db: Database, count: int) -> list[UUID]:
    """Subjects that have a key."""
    assert db.subjects is not None
    made = []
    for _ in range(count):
        key, row = db.subjects.new(uuid4())
        await db.fetch(INSERT, row["subject_id"], row["version"], row["kek_id"], row["wrapped_dek"])
        made.append(key.subject_id)
    return made


async def destroy(db: Database, ids: list[UUID]) -> None:
    assert db.subjects is not None
    await db.subjects.destroy(ids, datetime.now(UTC), db.fetch)


async def living(db: Database, ids: list[UUID]) -> set[UUID]:
    return {UUID(int=row["subject_id"].int) for row in await db.fetch(SELECT, ids) if row["wrapped_dek"] is not None}


def ended(id: UUID, *, again: bool = True, kind: str = "subject_key") -> Ended:
    return Ended(kind, id, NOW, again, {})


async def test_what_ended_is_noted_once_however_often_somebody_looks(db: Database, tmp_path: Path) -> None:
    gone, kept = await keys(db, 2)
    file = tmp_path / "shelf.jsonl"
    keeper = LedgerKeeper(db, (), file)
    assert await keeper.note() == 0
    await destroy(db, [gone])
    assert [await keeper.note(), await keeper.note()] == [1, 0]
    [line] = Ledger(file).lines()
    assert (line.kind, line.id, line.ended) == ("subject_key", gone, True)
    assert await living(db, [gone, kept]) == {kept}


async def test_a_keeper_that_starts_late_notes_all_it_missed_and_nothing_it_knows(db: Database, tmp_path: Path) -> None:
    many = await keys(db, 1203)
    await destroy(db, many)
    file = tmp_path / "shelf.jsonl"
    assert await LedgerKeeper(db, (), file).note() == len(many)
    assert await LedgerKeeper(db, (), file).note() == 0
    assert {one.id for one in Ledger(file).lines()} == set(many)


async def test_a_database_that_forgot_is_told_again_and_a_second_time_changes_nothing(
    db: Database, tmp_path: Path
) -> None:
    back, never_known, kept = [*(await keys(db, 1)), uuid4(), *(await keys(db, 1))]
    file = tmp_path / "shelf.jsonl"
    Ledger(file).append([ended(back), ended(never_known)])
    first, second = await replay(db, (), file), await replay(db, (), file)
    assert (first.counts, first.refused) == ({"subject_key": 1}, [])
    assert second.counts == {"subject_key": 0}
    assert await living(db, [back, never_known, kept]) == {kept}
    rows = await db.fetch(SELECT, [never_known])
    assert [row["wrapped_dek"] for row in rows] == [None], "who never had a key cannot get one either"


async def test_the_last_word_about_a_thing_counts(db: Database, tmp_path: Path) -> None:
    [back] = await keys(db, 1)
    file = tmp_path / "shelf.jsonl"
    Ledger(file).append([ended(back), ended(back, again=False)])
    await replay(db, (), file)
    assert await living(db, [back]) == {back}


async def test_what_cannot_be_ended_is_told_and_keeps_nothing_else_alive(db: Database, tmp_path: Path) -> None:
    first, second = await keys(db, 2)

    async def refuse_first(tx: object, some: object) -> int:
        if [one.id for one in some] == [first]:  # type: ignore[attr-defined]
            raise FailedPrecondition
        return await DESTROYED_KEYS.again(tx, some)  # type: ignore[arg-type]

    stubborn = replace(DESTROYED_KEYS, kind="stubborn", again=refuse_first, at_once=1)
    file = tmp_path / "shelf.jsonl"
    Ledger(file).append([ended(first, kind="stubborn"), ended(second, kind="stubborn")])
    done = await replay(db, (stubborn,), file)
    assert done.counts["stubborn"] == 1
    assert [line.split(":")[0] for line in done.refused] == [f"stubborn {first}"]
    assert await living(db, [first, second]) == {first}


def test_a_line_that_a_crash_cut_off_is_none_and_the_next_one_takes_its_place(tmp_path: Path) -> None:
    file = tmp_path / "shelf.jsonl"
    ledger, one, two = Ledger(file), ended(uuid4()), ended(uuid4())
    ledger.append([one])
    with file.open("ab") as out:
        out.write(b'{"kind":"subject_key","id":"0190')
    assert [line.id for line in ledger.lines()] == [one.id]
    ledger.append([two])
    assert [line.id for line in ledger.lines()] == [one.id, two.id]


def test_a_line_that_is_none_of_ours_stops_a_replay_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "shelf.jsonl"
    Ledger(file).append([ended(uuid4())])
    with file.open("ab") as out:
        out.write(b"{}\n")
    with pytest.raises(LedgerBroken, match="line 2"):
        list(Ledger(file).lines())


async def test_without_the_folder_of_backups_nothing_is_noted(db: Database, tmp_path: Path) -> None:
    stop = asyncio.Event()
    keeper = LedgerKeeper(db, (), tmp_path / "absent" / "shelf.jsonl")
    running = asyncio.create_task(keeper.run(stop))
    await destroy(db, await keys(db, 1))
    await asyncio.sleep(0.2)
    stop.set()
    await running
    assert not (tmp_path / "absent").exists()

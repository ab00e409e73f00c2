"""However writers and sealers come, go and die, there is one chain, and every committed entry is in it once."""

import asyncio
import logging
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from crm.ops.v1.audit_service_pb2 import AuditHead
from sqlalchemy.event import listen

from crm_kit.audit_sealer import Sealer
from crm_kit.audit_verifier import Verdict, verify
from crm_kit.database import Database
from crm_kit.keys import Keys
from crm_kit.testing.databases import DatabaseFactory

from .shelf import build

PROGRAM = Path(__file__).with_name("sealing.py")
APPEND = (
    "INSERT INTO audit_entry (action, record_type, actor, cause_id, details, time) "
    "SELECT 'update', 'box', $1, '', '{}', now() FROM generate_series(1, $2::int)"
)


class Trail:
    def __init__(self, url: str, keys_dir: Path) -> None:
        self.url, self.keys_dir = url, keys_dir
        self.keys = Keys.load(keys_dir, "shelf")
        self.db = Database(url, pool_size=6)
        self.kept: list[AuditHead] = []

    def sealer(self) -> Sealer:
        async def keep(head: AuditHead) -> None:
            self.kept.append(head)

        return Sealer(self.db, "shelf", self.keys, keep)

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.url)

    async def verdict(self) -> Verdict:
        return await verify(self.url, "shelf", self.keys, self.kept)


@pytest.fixture
async def trail(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Trail]:
    url = await database_factory.clone("shelf", build)
    Keys.generate(tmp_path, ["shelf"])
    made = Trail(url, tmp_path)
    yield made
    await made.db.dispose()
    await database_factory.drop(url)


async def test_an_entry_that_commits_after_later_ones_were_sealed_is_sealed_later(trail: Trail) -> None:
    early, late = await trail.connect(), await trail.connect()
    slow = early.transaction()
    await slow.start()
    await early.execute(APPEND, "early", 1)
    await late.execute(APPEND, "late", 1)
    sealer = trail.sealer()
    assert await sealer.seal_some() == 1
    await slow.commit()
    assert await sealer.seal_some() == 1
    rows = await early.fetch("SELECT actor FROM audit_entry ORDER BY chain_seq")
    assert [row["actor"] for row in rows] == ["late", "early"]
    assert (await trail.verdict())[0::3] == (2, None)
    await early.close()
    await late.close()


async def test_a_transaction_left_open_for_hours_holds_up_nobody_elses_entries(trail: Trail) -> None:
    idle, busy = await trail.connect(), await trail.connect()
    forgotten = idle.transaction()
    await forgotten.start()
    await idle.execute(APPEND, "forgotten", 1)
    await busy.execute(APPEND, "busy", 10)
    assert await trail.sealer().seal_some() == 10
    await forgotten.rollback()
    await idle.close()
    await busy.close()


async def test_two_sealers_at_once_make_one_chain(trail: Trail) -> None:
    writer = await trail.connect()
    await writer.execute(APPEND, "writer", 3_000)
    sealers = [trail.sealer(), trail.sealer(), trail.sealer()]
    await asyncio.gather(*(sealer.finish() for sealer in sealers))
    await sealers[0].finish()
    assert (await trail.verdict())[0::3] == (3_000, None)
    await writer.close()


async def test_writers_at_work_and_sealers_killed_at_random_moments_leave_one_whole_chain(trail: Trail) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    dice = random.Random(seed)
    written, stop = 0, asyncio.Event()

    async def write(name: str) -> None:
        nonlocal written
        connection = await trail.connect()
        while not stop.is_set():
            change = connection.transaction()
            await change.start()
            count = dice.randint(1, 40)
            await connection.execute(APPEND, name, count)
            await asyncio.sleep(dice.uniform(0, 0.02))
            if dice.random() < 0.2:
                await change.rollback()
            else:
                await change.commit()
                written += count
        await connection.close()

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, str(PROGRAM), trail.url, str(trail.keys_dir)])

    writers = [asyncio.create_task(write(f"writer {number}")) for number in range(3)]
    sealers = [start(), start()]
    watcher = await trail.connect()
    try:
        for number in range(4):
            sealed = await watcher.fetchval("SELECT coalesce(max(chain_seq), 0) FROM audit_entry")
            async with asyncio.timeout(30):
                # The one that is to die is at work by then, or the other is.
                while await watcher.fetchval("SELECT coalesce(max(chain_seq), 0) FROM audit_entry") <= sealed:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(dice.uniform(0, 0.05))
            sealers[number % 2].kill()
            sealers[number % 2].wait()
            sealers[number % 2] = start()
    finally:
        stop.set()
        for sealer in sealers:
            sealer.kill()
            sealer.wait()
    await asyncio.gather(*writers)
    async with asyncio.timeout(30):
        while await watcher.fetchval("SELECT count(*) FROM audit_entry WHERE chain_seq IS NULL"):
            await trail.sealer().seal_some()
    verdict = await trail.verdict()
    assert verdict.fault is None
    assert verdict.entries == written > 0
    assert verdict.heads > 0
    await watcher.close()


async def test_a_chain_that_lost_its_end_behind_the_sealers_back_is_an_alarm_at_once(
    trail: Trail, caplog: pytest.LogCaptureFixture
) -> None:
    owner, sealer = await trail.connect(), trail.sealer()
    await owner.execute(APPEND, "writer", 5)
    await sealer.seal_some()
    await owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    await owner.execute("DELETE FROM audit_entry WHERE chain_seq > 3")
    await owner.execute(APPEND, "writer", 1)
    with caplog.at_level(logging.ERROR):
        await sealer.seal_some()
    assert "AUDIT ALARM: the chain of shelf was at position 5 and is at 3" in caplog.text
    await owner.close()


async def test_heads_are_handed_over_in_order_and_again_when_the_keeper_was_away(trail: Trail) -> None:
    owner, got, away = await trail.connect(), [], [True]

    async def keep(head: AuditHead) -> None:
        if away[0]:
            raise ConnectionError("nobody there")
        got.append(head.chain_seq)

    sealer = Sealer(trail.db, "shelf", trail.keys, keep)
    for _ in range(2):
        await owner.execute(APPEND, "writer", 5)
        await sealer.finish()
    assert got == []
    away[0] = False
    await sealer.sign()
    await sealer.sign()
    assert got == [5, 10]
    await owner.close()


async def test_an_idle_sealer_asks_one_cheap_question(trail: Trail) -> None:
    owner, sealer = await trail.connect(), trail.sealer()
    await owner.execute(APPEND, "writer", 50)
    await sealer.finish()
    asked: list[str] = []
    listen(trail.db.engine.sync_engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))
    assert await sealer.seal_some() == 0
    assert len(asked) == 1
    plan = await owner.fetch(
        "EXPLAIN (ANALYZE, FORMAT text, COSTS off, TIMING off, SUMMARY off) "
        "SELECT time FROM audit_entry WHERE chain_seq IS NULL ORDER BY id LIMIT 1"
    )
    assert "ix_audit_entry_unsealed" in "\n".join(row[0] for row in plan)
    await owner.close()


async def test_the_serving_role_appends_and_seals_and_can_do_nothing_else(
    database_factory: DatabaseFactory, tmp_path: Path
) -> None:
    url = await database_factory.served("shelf", build)
    Keys.generate(tmp_path, ["shelf"])
    trail = Trail(url, tmp_path)
    serving = await trail.connect()
    await serving.execute(APPEND, "writer", 3)
    await trail.sealer().finish()
    assert [head.chain_seq for head in trail.kept] == [3]
    for statement in (
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_entry SET actor = 'somebody else'",
        "UPDATE audit_head SET hash = ''",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await serving.execute(statement)
    assert (await trail.verdict())[0::3] == (3, None)
    await serving.close()
    await trail.db.dispose()
    await database_factory.drop(url)

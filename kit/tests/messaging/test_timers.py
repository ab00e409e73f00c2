"""A timer fires once, with what its handler writes, whatever dies in between."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from crm_kit import timers
from crm_kit.call import Call
from crm_kit.timers import Timers
from crm_kit.tx import begin

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_worker(db, clock, *, fail=lambda _: None, again=None) -> Timers:
    worker = Timers(db, clock=clock)

    @worker.on("lead.recycle")
    async def recycle(tx, timer) -> None:
        await tx.session.execute(
            text("INSERT INTO effect (aggregate_id, event_seq, note) VALUES (:a, 1, :n)"),
            {"a": timer.subject_id, "n": timer.payload.get("why", "")},
        )
        if again is not None:
            await tx.schedule("lead.recycle", timer.subject_id, tx.now + again)
        fail(timer)

    return worker


async def set_timer(db, subject, due: datetime, **payload) -> None:
    async with begin(Call.for_work(db, kind="service", name="test")) as tx:
        await tx.schedule("lead.recycle", subject, due, payload)


async def test_a_timer_fires_when_due_and_not_before(db, clock, effects) -> None:
    lead, worker = uuid4(), a_worker(db, clock)
    await set_timer(db, lead, START + timedelta(hours=1), why="late")
    assert await worker.fire_due() == 0
    clock.now += timedelta(hours=1)
    assert await worker.fire_due() == 1
    assert await worker.fire_due() == 0
    assert await effects.rows("SELECT aggregate_id, note FROM effect") == [(lead, "late")]


async def test_two_workers_fire_a_hundred_timers_once_each(db, clock, effects) -> None:
    for _ in range(100):
        await set_timer(db, uuid4(), START)
    workers = [a_worker(db, clock), a_worker(db, clock)]

    async def drain(worker: Timers) -> None:
        while await worker.fire_due():
            pass

    await asyncio.gather(*(drain(worker) for worker in workers))
    assert await effects.rows("SELECT count(*), count(DISTINCT aggregate_id) FROM effect") == [(100, 100)]


async def test_two_workers_that_hold_the_same_claim_fire_it_once(db, clock, effects) -> None:
    await set_timer(db, uuid4(), START)
    first, second = a_worker(db, clock), a_worker(db, clock)
    (row,) = await timers._CLAIM.alone(db, kinds=["lead.recycle"], now=START, at_once=1, seconds=30.0)
    await asyncio.gather(first._fire(row), second._fire(row))
    assert len(await effects.rows()) == 1


async def test_setting_a_timer_again_moves_it(db, clock, effects) -> None:
    lead, worker = uuid4(), a_worker(db, clock)
    await set_timer(db, lead, START, why="first")
    await set_timer(db, lead, START + timedelta(hours=2), why="second")
    assert await worker.fire_due() == 0
    clock.now += timedelta(hours=2)
    await worker.fire_due()
    assert await effects.rows("SELECT note FROM effect") == [("second",)]


async def test_a_timer_moved_after_it_was_claimed_does_not_fire_at_its_old_time(db, clock, effects) -> None:
    lead, worker = uuid4(), a_worker(db, clock)
    await set_timer(db, lead, START)
    (row,) = await timers._CLAIM.alone(db, kinds=["lead.recycle"], now=START, at_once=1, seconds=30.0)
    await set_timer(db, lead, START + timedelta(days=1))
    await worker._fire(row)
    assert await effects.rows() == []


async def test_a_cancelled_timer_never_fires(db, clock, effects) -> None:
    lead, worker = uuid4(), a_worker(db, clock)
    await set_timer(db, lead, START)
    async with begin(Call.for_work(db, kind="service", name="test")) as tx:
        await tx.cancel_timer("lead.recycle", lead)
    assert await worker.fire_due() == 0
    assert await effects.rows("SELECT state FROM timer") == [("cancelled",)]


async def test_a_handler_may_set_its_timer_again(db, clock, effects) -> None:
    lead, worker = uuid4(), a_worker(db, clock, again=timedelta(days=1))
    await set_timer(db, lead, START)
    for _ in range(3):
        assert await worker.fire_due() == 1
        assert await worker.fire_due() == 0
        clock.now += timedelta(days=1)
    assert await effects.rows("SELECT count(*) FROM effect") == [(3,)]


async def test_a_failing_timer_leaves_no_effect_and_is_tried_again_later(db, clock, effects) -> None:
    broken = [True]

    def fail(_timer) -> None:
        if broken[0]:
            raise ValueError

    worker = a_worker(db, clock, fail=fail)
    await set_timer(db, uuid4(), START)
    await worker.fire_due()
    assert await effects.rows("SELECT state, attempts, error, locked_until > now() FROM timer") == [
        ("pending", 1, "ValueError", True)
    ]
    assert await effects.rows() == []
    assert await worker.fire_due() == 0
    broken[0] = False
    async with db.connect() as connection:
        await connection.execute(text("UPDATE timer SET locked_until = now()"))
    assert await worker.fire_due() == 1
    assert len(await effects.rows()) == 1


async def test_the_loop_wakes_at_the_next_due_time(db, effects, run) -> None:
    worker = a_worker(db, lambda: datetime.now(UTC))
    await set_timer(db, uuid4(), datetime.now(UTC) + timedelta(seconds=0.3))
    async with run(worker.run):
        await effects.until(1, seconds=3)
    ((late,),) = await effects.rows("SELECT extract(epoch FROM end_time - due_time)::float FROM timer")
    assert 0 <= late < 0.5

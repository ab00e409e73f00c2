"""While its module is switched off a service fires no timer and works on no job; switched on again, it catches up."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from crm.identity.v1.identity_events_pb2 import ModuleUpdated
from sqlalchemy import text

from crm_kit import jobs
from crm_kit.call import Call
from crm_kit.consumer import Consumer, Mode
from crm_kit.database import Database
from crm_kit.envelope import Envelope
from crm_kit.intake import Intake
from crm_kit.jobs import Jobs, chunk
from crm_kit.modules import suspending
from crm_kit.principal import system
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx, begin

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MODULE = UUID(int=7)

Switch = Callable[..., Awaitable[None]]


@pytest.fixture
async def switch(db: Database) -> Switch:
    """``await switch(2, enabled=False)``: the second change of a module is announced and heard, twice."""
    hearing = Consumer("leads-following", Mode.PROJECTION)
    hearing.on(ModuleUpdated)(suspending("leads"))

    async def announced(seq: int, *, enabled: bool, code: str = "leads", module: UUID = MODULE) -> None:
        message = ModuleUpdated()
        message.module.code, message.module.enabled = code, enabled
        event = Envelope(
            event_id=uuid4(),
            event_type=ModuleUpdated.DESCRIPTOR.full_name,
            source="/crm/identity",
            aggregate_type="module",
            aggregate_id=module,
            event_seq=seq,
            occur_time=START,
            actor="user:test",
            unit_path="/",
            traceparent="",
            payload=message.SerializeToString(),
        )
        for _ in range(2):
            await Intake(hearing, db).apply([event])

    return announced


def a_clock(db: Database, now: list[datetime]) -> Timers:
    made = Timers(db, clock=lambda: now[0])

    @made.on("lead.recycle")
    async def recycle(tx: Tx, timer: Timer) -> None:
        await tx.session.execute(
            text("INSERT INTO effect (aggregate_id, event_seq, note) VALUES (:id, 1, :due)"),
            {"id": timer.subject_id, "due": f"{timer.due_time:%H:%M}"},
        )

    return made


async def set_timers(db: Database, *due: datetime) -> None:
    async with begin(Call.for_work(db, kind="service", name="test")) as tx:
        await tx.schedule_many("lead.recycle", [(uuid4(), each) for each in due])


async def test_timers_of_a_module_that_is_off_wait_and_fire_when_it_is_on_again(db, effects, switch) -> None:
    now = [START]
    clock = a_clock(db, now)
    await set_timers(db, START + timedelta(hours=1), START + timedelta(hours=2), START + timedelta(hours=9))
    await switch(1, enabled=False)
    now[0] += timedelta(hours=3)
    assert await clock.fire_due() == 0
    await switch(2, enabled=True)
    assert await clock.fire_due() == 2
    assert sorted(await effects.rows("SELECT note FROM effect")) == [("10:00",), ("11:00",)]


async def test_a_timer_claimed_when_the_module_goes_off_does_not_fire(db, effects, switch, monkeypatch) -> None:
    clock = a_clock(db, [START])
    await set_timers(db, START)
    real = clock._fire

    async def goes_off_first(row: object) -> None:
        await switch(1, enabled=False)
        await real(row)

    monkeypatch.setattr(clock, "_fire", goes_off_first)
    assert await clock.fire_due() == 1
    assert await effects.rows("SELECT state FROM timer") == [("pending",)]
    assert await effects.rows() == []


async def test_other_modules_are_no_concern_of_a_service(db, switch) -> None:
    clock = a_clock(db, [START])
    await set_timers(db, START)
    await switch(1, enabled=False, code="sales", module=UUID(int=8))
    assert await clock.fire_due() == 1


async def test_a_switch_heard_late_does_not_undo_a_later_one(db, switch) -> None:
    clock = a_clock(db, [START])
    await set_timers(db, START)
    await switch(2, enabled=True)
    await switch(1, enabled=False)
    assert await clock.fire_due() == 1


def a_worker(db: Database, switch: Switch | None = None, *, suspendable: bool = True) -> Jobs:
    """Four chunks, each a row; in the second the module goes off."""
    made = Jobs(db, poll=0.05, suspendable=suspendable)

    @made.on("lead_import")
    async def work(call: Call, subject_id: UUID) -> None:
        async with db.connect() as connection:
            done = (await connection.execute(text("SELECT count(*) FROM effect"))).scalar_one()
        for number in range(done + 1, 5):
            if number == 2 and switch is not None:
                await switch(1, enabled=False)
            async with chunk(call) as tx:
                await tx.session.execute(
                    text("INSERT INTO effect (aggregate_id, event_seq) VALUES (:id, :number)"),
                    {"id": subject_id, "number": number},
                )

    return made


async def start(db: Database) -> None:
    async with begin(Call.for_work(db, kind="service", name="test")) as tx:
        await jobs.enqueue(tx.session, "lead_import", uuid4(), system("job", "test"))


async def test_a_job_of_a_module_that_goes_off_waits_where_it_stands_and_goes_on_there(
    db, effects, run, switch
) -> None:
    await start(db)
    worker = a_worker(db, switch)
    [(row, lease)] = await worker.take(1)
    await worker.work_on(row, lease)
    assert await effects.rows("SELECT state, attempts, error FROM job") == [("queued", 0, None)]
    assert await effects.rows("SELECT event_seq FROM effect") == [(1,)]
    assert await worker.take(1) == []
    await switch(2, enabled=True)
    async with run(a_worker(db).run):
        await effects.until_true("SELECT state = 'done' FROM job")
    assert await effects.rows("SELECT event_seq FROM effect ORDER BY id") == [(1,), (2,), (3,), (4,)]


async def test_a_job_everybody_waits_for_goes_on_in_a_module_that_is_off(db, effects, switch) -> None:
    await switch(1, enabled=False)
    await start(db)
    worker = a_worker(db, suspendable=False)
    [(row, lease)] = await worker.take(1)
    await worker.work_on(row, lease)
    assert await effects.rows("SELECT state FROM job") == [("done",)]

"""A long job goes on from its checkpoint, whoever dies, and no chunk of it counts twice."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from crm_kit import jobs
from crm_kit.call import Call
from crm_kit.errors import PermissionDenied
from crm_kit.jobs import Jobs, chunk
from crm_kit.principal import Principal, Scope, system
from crm_kit.tx import begin

CHUNKS = 6


def a_worker(db, *, gate=None, fail=lambda _: None, lease: float = 0.6) -> Jobs:
    """Imports six chunks, each a row; it goes on after the last row it finds."""
    worker = Jobs(db, lease_seconds=lease, poll=0.05)

    @worker.on("lead_import", permission="leads.lead.import")
    async def import_leads(call: Call, subject_id) -> None:
        _ = call.scope
        async with db.connect() as connection:
            done = (
                await connection.execute(
                    text("SELECT count(*) FROM effect WHERE aggregate_id = :id"), {"id": subject_id}
                )
            ).scalar_one()
        for number in range(done + 1, CHUNKS + 1):
            async with chunk(call) as tx:
                await tx.session.execute(
                    text("INSERT INTO effect (aggregate_id, event_seq, note) VALUES (:a, :n, :who)"),
                    {"a": subject_id, "n": number, "who": tx.principal.actor},
                )
                fail(number)
                if gate is not None:
                    await gate(number)

    return worker


async def start(db, subject, principal: Principal | None = None) -> None:
    principal = principal or Principal(subject="u1", grants=(("leads.*", Scope.UNIT),))
    async with begin(Call.for_work(db, kind="service", name="test")) as tx:
        await jobs.enqueue(tx.session, "lead_import", subject, principal)


async def numbers(effects) -> list[int]:
    return [row.event_seq for row in await effects.rows()]


async def test_a_job_runs_to_its_end_with_the_rights_it_was_started_with(db, effects, run) -> None:
    await start(db, uuid4())
    async with run(a_worker(db).run):
        await effects.until_true("SELECT state = 'done' FROM job")
    assert await numbers(effects) == [1, 2, 3, 4, 5, 6]
    assert await effects.rows("SELECT DISTINCT note FROM effect") == [("user:u1",)]


async def test_starting_a_job_twice_starts_it_once(db, effects) -> None:
    subject = uuid4()
    await start(db, subject)
    await start(db, subject)
    assert await effects.rows("SELECT count(*) FROM job") == [(1,)]


async def test_an_abandoned_job_is_taken_over_and_goes_on_where_it_was(db, effects, run) -> None:
    await start(db, uuid4())
    died = asyncio.Event()

    async def die(number: int) -> None:
        if number == 3:
            died.set()
            await asyncio.Event().wait()

    dead = a_worker(db, gate=die)
    ((row, lease),) = await dead.take(1)
    handler, permission = dead._handlers["lead_import"]
    # What kill -9 leaves behind: two chunks, a lease, and nobody who prolongs it.
    jobs.current_lease.set(lease)
    call = Call.for_work(db, kind="job", name="lead_import")
    doomed = asyncio.create_task(handler(call.as_principal(system("job", "x"), permission), row.subject_id))
    await died.wait()
    async with run(a_worker(db).run):
        await effects.until_true("SELECT state = 'done' FROM job")
    doomed.cancel()
    assert await numbers(effects) == [1, 2, 3, 4, 5, 6]


async def test_a_worker_that_wakes_up_late_cannot_commit_its_chunk(db, effects, run) -> None:
    await start(db, uuid4())
    frozen, thaw = asyncio.Event(), asyncio.Event()

    async def freeze(number: int) -> None:
        if number == 3 and not frozen.is_set():
            frozen.set()
            await thaw.wait()

    late = a_worker(db, gate=freeze)
    ((row, lease),) = await late.take(1)
    handler, permission = late._handlers["lead_import"]
    jobs.current_lease.set(lease)
    call = Call.for_work(db, kind="job", name="lead_import").as_principal(system("job", "x"), permission)
    sleeper = asyncio.create_task(handler(call, row.subject_id))
    await frozen.wait()
    async with run(a_worker(db).run):
        await effects.until_true("SELECT state = 'done' FROM job")
    thaw.set()
    with pytest.raises(jobs.LeaseLost):
        await sleeper
    assert await numbers(effects) == [1, 2, 3, 4, 5, 6]


async def test_a_slow_chunk_keeps_its_lease(db, effects, run) -> None:
    await start(db, uuid4())

    async def linger(number: int) -> None:
        if number == 2:
            await asyncio.sleep(1.5)

    slow = a_worker(db, gate=linger)
    async with run(slow.run):
        await effects.until_true("SELECT state = 'running' FROM job")
        async with run(a_worker(db).run):
            await asyncio.sleep(2)
        await effects.until_true("SELECT state = 'done' FROM job")
    assert await numbers(effects) == [1, 2, 3, 4, 5, 6]
    assert await effects.rows("SELECT attempts FROM job") == [(0,)]


async def test_a_stopping_process_hands_its_job_on_at_once(db, effects, run) -> None:
    await start(db, uuid4())
    reached = asyncio.Event()

    async def linger(number: int) -> None:
        if number == 4:
            reached.set()
            await asyncio.Event().wait()

    async with run(a_worker(db, gate=linger, lease=60).run):
        await reached.wait()
    assert await effects.rows("SELECT state, attempts FROM job") == [("queued", 0)]
    async with run(a_worker(db).run):
        await effects.until_true("SELECT state = 'done' FROM job")
    assert await numbers(effects) == [1, 2, 3, 4, 5, 6]


async def test_a_job_that_fails_five_times_in_a_row_is_given_up_and_its_subject_told(
    db, effects, run, monkeypatch
) -> None:
    monkeypatch.setattr(jobs, "back_off", lambda *_, **__: 0.01)
    subject = uuid4()
    await start(db, subject)

    def fail(number: int) -> None:
        if number == 2:
            raise ValueError("13800001234")

    worker = a_worker(db, fail=fail)
    told = []

    @worker.on_failed("lead_import")
    async def tell(tx, subject_id, error) -> None:
        told.append((subject_id, error))

    async with run(worker.run):
        await effects.until_true("SELECT state = 'failed' FROM job")
    assert await effects.rows("SELECT attempts, error FROM job") == [(5, "ValueError")]
    assert told == [(subject, "ValueError")]
    assert await numbers(effects) == [1]


async def test_a_cancelled_job_stops_at_its_next_chunk(db, effects, run) -> None:
    subject = uuid4()
    await start(db, subject)

    async def cancel(number: int) -> None:
        if number == 3:
            async with begin(Call.for_work(db, kind="service", name="test")) as tx:
                await jobs.cancel(tx.session, "lead_import", subject)

    async with run(a_worker(db, gate=cancel).run):
        await effects.until_true("SELECT state = 'cancelled' FROM job")
    assert await numbers(effects) == [1, 2]


async def test_a_job_without_the_right_to_do_it_fails(db, effects, run, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "back_off", lambda *_, **__: 0.01)
    await start(db, uuid4(), Principal(subject="u2"))
    async with run(a_worker(db).run):
        await effects.until_true("SELECT state = 'failed' FROM job")
    ((error,),) = await effects.rows("SELECT error FROM job")
    assert error.startswith(PermissionDenied(permission="x").reason)

"""Sagas over real participants: every step once, all or nothing, whatever dies between."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.empty_pb2 import Empty
from sqlalchemy import text

from crm_kit.call import Call
from crm_kit.principal import Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.saga import OperationCancelled, Plan, Run, Sagas, Step, call_off, guard
from crm_kit.testing.service import somebody
from crm_kit.tx import begin

from .moves import Moves
from .shelf import MoveRequest


async def test_a_saga_runs_every_step_once_in_order(moves: Moves) -> None:
    key = await moves.start(somebody())
    assert await moves.sagas().advance(key, 10) == "done"
    assert moves.east.taken == ["east"]
    assert moves.west.taken == ["west"]
    assert moves.noted == [str(key)]


@pytest.mark.parametrize("place", ["before east", "after east", "before west", "after west", "after all"])
async def test_a_crash_at_any_point_is_resumed_with_one_effect(moves: Moves, place: str) -> None:
    crashed = asyncio.Event()

    def die(at: str) -> None:
        if at == place and not crashed.is_set():
            crashed.set()
            raise ConnectionResetError(place)

    moves.dies = die
    key = await moves.start(somebody())
    assert await moves.sagas().advance(key, 0.05) in {"running", "done"}
    await asyncio.wait_for(crashed.wait(), 5)
    await asyncio.sleep(0.3)
    await moves.make_due()
    assert await moves.sagas().advance(key, 10) == "done"
    assert (moves.east.taken, moves.west.taken) == (["east"], ["west"])
    assert len(moves.noted) == 1


async def test_a_worker_that_vanished_is_replaced_when_its_lease_ends(moves: Moves) -> None:
    key = await moves.start(somebody())
    async with moves.home.db.connect() as connection:
        await connection.execute(text("UPDATE saga SET lease_until = clock_timestamp() + interval '0.4 seconds'"))
    assert await moves.sagas().advance(key, 0.1) == "running"
    assert moves.east.calls == []
    assert await moves.sagas().advance(key, 10) == "done"


async def test_a_refusal_undoes_in_reverse_and_tells_why(moves: Moves) -> None:
    moves.west.refuse = True
    order: list[str] = []
    moves.dies = order.append
    key = await moves.start(somebody())
    assert await moves.sagas().advance(key, 10) == "undone"
    assert [at for at in order if at.startswith("cancel")] == ["cancel west", "cancel east"]
    assert moves.east.cancelled == ["east"]
    assert moves.west.cancelled == []
    assert moves.noted == []
    assert len(moves.failed) == 1
    assert (await moves.row(key)).error == moves.failed[0]


async def test_a_step_that_arrives_after_its_cancellation_is_refused(moves: Moves) -> None:
    moves.west.refuse = True
    key = await moves.start(somebody())
    assert await moves.sagas().advance(key, 10) == "undone"
    moves.west.refuse = False
    late = MoveRequest(operation_id=str(key), what="west")
    with pytest.raises(RemoteError) as refused:
        await moves.channels.call("west", "crm.shelf.v1.MoveService/TakeBox", late, Empty, principal=somebody())
    assert refused.value.reason == "OPERATION_CANCELLED"
    assert moves.west.taken == []


async def test_a_compensation_is_repeated_until_it_succeeds(moves: Moves) -> None:
    moves.west.refuse = True
    deaths = ["cancel east", "cancel east"]

    def die(at: str) -> None:
        if at in deaths:
            deaths.remove(at)
            raise ConnectionResetError(at)

    moves.dies = die
    key = await moves.start(somebody())
    assert await moves.sagas().advance(key, 15) == "undone"
    assert moves.east.cancelled == ["east"]


async def test_past_the_pivot_nothing_goes_back(moves: Moves) -> None:
    def die(at: str) -> None:
        if at == "note":
            moves.west.refuse = True

    moves.dies = die
    key = await moves.start(somebody())
    assert await moves.sagas().advance(key, 1) == "running"
    async with moves.home.db.connect() as connection:
        await connection.execute(text("UPDATE saga SET attempts = 500, next_time = now()"))
    await moves.sagas().advance(key, 1)
    row = await moves.row(key)
    assert (row.state, row.step) == ("running", 3)
    assert moves.east.cancelled == []
    moves.west.refuse = False
    await moves.make_due()
    assert await moves.sagas().advance(key, 10) == "done"


async def test_a_fault_of_our_own_is_stuck_after_twenty_tries(moves: Moves) -> None:
    def die(at: str) -> None:
        raise ZeroDivisionError(at)

    moves.dies = die
    key = await moves.start(somebody())
    for attempt in range(1, 21):
        await moves.make_due()
        await moves.sagas()._claim_and_work(key)
        row = await moves.row(key)
        assert row.attempts == attempt
        assert row.state == ("stuck" if attempt == 20 else "running")


async def test_a_participant_that_is_away_is_waited_for_however_long(moves: Moves) -> None:
    def die(at: str) -> None:
        raise ConnectionResetError(at)

    moves.dies = die
    key = await moves.start(somebody())
    for _ in range(25):
        await moves.make_due()
        await moves.sagas()._claim_and_work(key)
    assert (await moves.row(key)).state == "running"
    moves.dies = lambda _: None
    await moves.make_due()
    assert await moves.sagas().advance(key, 10) == "done"


async def test_a_failed_try_is_followed_by_a_wait_even_for_a_caller_in_a_hurry(moves: Moves) -> None:
    def die(at: str) -> None:
        raise ConnectionResetError(at)

    moves.dies = die
    key = await moves.start(somebody())
    await moves.sagas().advance(key, 1.0)
    assert (await moves.row(key)).attempts <= 5


async def test_two_workers_never_run_one_saga_at_once(moves: Moves) -> None:
    moves.east.slow = 0.3
    keys = [await moves.start(somebody()) for _ in range(3)]
    workers = [moves.sagas() for _ in range(3)]
    states = await asyncio.gather(*(worker.advance(key, 10) for worker in workers for key in keys))
    assert set(states) == {"done"}
    assert moves.east.calls == ["take east"] * 3


async def test_a_lease_that_was_lost_ends_the_work(moves: Moves) -> None:
    async def steal(run: Run) -> None:
        async with moves.home.db.connect() as connection:
            await connection.execute(text("UPDATE saga SET lease_until = clock_timestamp() + interval '9 seconds'"))

    sagas = Sagas(moves.home.db)
    reached: list[str] = []

    async def never(run: Run) -> None:
        reached.append("second")

    sagas.register([Plan("move", "shelf.box.repack", [Step("steal", steal), Step("never", never)], moves._failed)])
    key = await moves.start(somebody())
    await sagas._claim_and_work(key)
    assert reached == []
    assert (await moves.row(key)).step == 0


async def test_the_work_goes_on_when_its_caller_leaves(moves: Moves) -> None:
    moves.east.slow = 0.4
    key = await moves.start(somebody())
    sagas = moves.sagas()
    waiting = asyncio.create_task(sagas.advance(key, 10))
    await asyncio.sleep(0.1)
    waiting.cancel()
    async with asyncio.timeout(5):
        while (await moves.row(key)).state != "done":
            await asyncio.sleep(0.05)
    assert moves.east.calls == ["take east"]


async def test_resumed_work_has_the_rights_of_the_person_who_started_it(moves: Moves) -> None:
    person = somebody(unit_path="/hq/d1/", scope=Scope.UNIT, permissions=["shelf.*"], language="zh-CN")
    key = await moves.start(person)
    seen: list[Call] = []

    async def look(run: Run) -> None:
        seen.append(run.call)

    sagas = Sagas(moves.home.db)
    sagas.register([Plan("move", "shelf.box.repack", [Step("look", look)], moves._failed)])
    assert await sagas.advance(key, 5) == "done"
    [call] = seen
    assert (call.principal.actor, call.scope) == (person.actor, Scope.UNIT)
    assert (call.principal.unit_path, call.language, call.request_id) == ("/hq/d1/", "zh-CN", str(key))


async def test_the_loop_picks_up_what_nobody_waits_for(moves: Moves) -> None:
    key = await moves.start(somebody())
    stop = asyncio.Event()
    loop = asyncio.create_task(moves.sagas().run(stop))
    async with asyncio.timeout(10):
        while (await moves.row(key)).state != "done":
            await asyncio.sleep(0.05)
    stop.set()
    await loop


async def test_a_saga_of_a_kind_this_release_does_not_know_is_left_alone(moves: Moves) -> None:
    key = await moves.start(somebody())
    assert await Sagas(moves.home.db)._round() == 0.5
    assert (await moves.row(key)).lease_until is None


async def test_one_thing_has_one_saga_at_a_time(moves: Moves) -> None:
    key = await moves.start(somebody(), "box-1")
    with pytest.raises(Exception, match="exists already"):
        await moves.start(somebody(), "box-1")
    assert await moves.sagas().advance(key, 10) == "done"
    await moves.start(somebody(), "box-1")


async def test_a_guarded_step_is_made_once_and_never_after_it_was_called_off(moves: Moves) -> None:
    db, operation = moves.home.db, uuid4()

    async def once(act: Any) -> Any:
        async with begin(Call(db, somebody(), "shelf.box.repack")) as tx:
            return await act(tx, operation, "take")

    assert await once(guard) is True
    assert await once(guard) is False
    assert await once(call_off) is True
    assert await once(call_off) is False
    with pytest.raises(OperationCancelled):
        await once(guard)

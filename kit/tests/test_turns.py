"""How many calls are at work at once: who is let in, who waits, who is refused, and that none of it lasts."""

import asyncio

import pytest

from crm_kit.errors import Overloaded
from crm_kit.failures import is_infrastructure
from crm_kit.rpc import turns as module
from crm_kit.rpc.turns import Turns


async def test_as_many_wait_as_work_and_the_rest_is_refused_at_once() -> None:
    turns, order, go = Turns(3), [], asyncio.Event()

    async def work(number: int) -> None:
        await turns.take()
        try:
            order.append(number)
            await go.wait()
        finally:
            turns.leave()

    crowd = [asyncio.create_task(work(number)) for number in range(12)]
    await asyncio.sleep(0)
    done, _ = await asyncio.wait(crowd, timeout=0.1)
    assert (len(done), order) == (6, [0, 1, 2])
    assert all(isinstance(one.exception(), Overloaded) for one in done)
    go.set()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert order == [0, 1, 2, 3, 4, 5]
    await work(99)
    assert turns.waiting == 0


async def test_nobody_waits_longer_than_a_caller_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.02)
    turns = Turns(1)
    await turns.take()
    with pytest.raises(Overloaded):
        await turns.take()
    assert turns.waiting == 0
    turns.leave()
    await turns.take()


async def test_a_caller_that_gives_up_in_line_leaves_its_place() -> None:
    turns = Turns(1)
    await turns.take()
    waiting = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert turns.waiting == 0
    turns.leave()
    await turns.take()


def test_a_busy_service_is_waited_for_by_consumers_and_not_counted_as_their_failure() -> None:
    assert is_infrastructure(Overloaded())

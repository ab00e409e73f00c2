"""Operators over operations that do not end by themselves, called as the console calls."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.ops.v1 import event_service_pb2 as events
from crm.ops.v1 import operation_service_pb2 as pb
from sqlalchemy import text

from crm_kit import saga_retention
from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import somebody

from .moves import Moves

OPERATOR = somebody()
SERVICE = "crm.ops.v1.OperationService"
Operation = pb.Operation


class Desk:
    """What an operator does."""

    def __init__(self, moves: Moves) -> None:
        self.moves = moves
        self.worker = moves.home.sagas
        self.worker.register([moves.plan()])

    async def listed(self, who: Principal = OPERATOR, **asked: Any) -> list[Operation]:
        request = pb.ListOperationsRequest(service="shelf", page_size=1, **asked)
        found: list[Operation] = []
        while True:
            page = await self.moves.home.call(f"{SERVICE}/ListOperations", request, who)
            found += page.operations
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def retry(self, key: UUID | str, who: Principal = OPERATOR) -> Operation:
        request = pb.RetryOperationRequest(service="shelf", id=str(key))
        return await self.moves.home.call(f"{SERVICE}/RetryOperation", request, who)

    async def cancel(self, key: UUID | str, reason: str = "wrong box", who: Principal = OPERATOR) -> Operation:
        request = pb.CancelOperationRequest(service="shelf", id=str(key), reason=reason)
        return await self.moves.home.call(f"{SERVICE}/CancelOperation", request, who)

    async def refused(self, deed: Any) -> str:
        with pytest.raises(RemoteError) as refused:
            await deed
        return refused.value.reason

    async def stuck_at(self, place: str, *, beforehand: Callable[[], None] = lambda: None) -> UUID:
        """An operation that failed twenty times for a fault of ours at a place."""

        def die(at: str) -> None:
            if at == place:
                raise ZeroDivisionError(at)

        self.moves.dies = die
        beforehand()
        key = await self.moves.start(somebody())
        for _ in range(25):
            if await self.worker._claim_and_work(key) == "stuck":
                break
            await self.set(key, "next_time = now()")
        self.moves.dies = lambda _: None
        return key

    async def set(self, key: UUID, what: str) -> None:
        async with self.moves.home.db.connect() as connection:
            await connection.execute(text(f"UPDATE saga SET {what} WHERE id = :id"), {"id": key})


@pytest.fixture
def desk(moves: Moves) -> Desk:
    return Desk(moves)


async def test_stuck_operations_are_listed_oldest_first_with_step_and_failure(desk: Desk) -> None:
    first, second = await desk.stuck_at("before west"), await desk.stuck_at("note")
    waiting = await desk.moves.start(somebody())
    found = await desk.listed()
    assert [UUID(each.id) for each in found] == [first, second]
    assert [(each.kind, each.step, each.attempts, each.cancellable) for each in found] == [
        ("move", "west", 20, True),
        ("move", "note", 20, False),
    ]
    assert found[0].state == Operation.STUCK
    assert "ZeroDivisionError" in found[0].error
    assert found[0].actor.startswith("user:")
    assert {UUID(each.id) for each in await desk.listed(all=True)} == {first, second, waiting}


async def test_a_retried_operation_goes_on_where_it_stood(desk: Desk) -> None:
    key = await desk.stuck_at("after west")
    assert (await desk.retry(key)).state == Operation.RUNNING
    assert await desk.worker.advance(key, 10) == "done"
    assert (desk.moves.east.taken, desk.moves.west.taken) == (["east"], ["west"])
    assert await desk.listed(all=True) == []


async def test_a_retried_compensation_goes_on_undoing_and_keeps_the_words_of_the_refusal(desk: Desk) -> None:
    key = await desk.stuck_at("cancel east", beforehand=lambda: setattr(desk.moves.west, "refuse", True))
    [stuck] = await desk.listed()
    assert not stuck.cancellable
    assert await desk.refused(desk.cancel(key)) == "ALREADY_UNDOING"
    assert (await desk.retry(key)).state == Operation.COMPENSATING
    assert await desk.worker.advance(key, 10) == "undone"
    assert desk.moves.east.cancelled == ["east"]
    assert desk.moves.failed == [stuck.error]


async def test_a_cancelled_operation_is_undone_and_says_why(desk: Desk) -> None:
    key = await desk.stuck_at("after west")
    cancelled = await desk.cancel(key, "wrong box")
    assert (cancelled.state, cancelled.error) == (Operation.COMPENSATING, "wrong box")
    assert await desk.worker.advance(key, 10) == "undone"
    assert (desk.moves.east.cancelled, desk.moves.west.cancelled) == (["east"], ["west"])
    assert desk.moves.failed == ["wrong box"]


async def test_there_is_no_way_back_from_a_step_that_may_have_been_the_pivot(desk: Desk) -> None:
    at, past = await desk.stuck_at("note"), await desk.stuck_at("nowhere")
    await desk.set(past, "state = 'running', step = 3")
    for key in (at, past):
        assert await desk.refused(desk.cancel(key)) == "NO_WAY_BACK"
    assert desk.moves.east.cancelled == []


async def test_what_has_ended_is_at_work_or_does_not_exist_is_left_alone(desk: Desk) -> None:
    done = await desk.moves.start(somebody())
    assert await desk.worker.advance(done, 10) == "done"
    busy = await desk.moves.start(somebody())
    await desk.set(busy, "lease_until = clock_timestamp() + interval '9 seconds'")
    expected = {
        str(done): "OPERATION_ENDED",
        str(busy): "OPERATION_AT_WORK",
        str(uuid4()): "NOT_FOUND",
        "x": "NOT_FOUND",
    }
    for key, reason in expected.items():
        assert await desk.refused(desk.retry(key)) == reason
        assert await desk.refused(desk.cancel(key)) == reason
    assert await desk.refused(desk.cancel(busy, "  ")) == "INVALID_ARGUMENT"


async def test_an_operation_of_a_kind_this_release_does_not_know_is_shown_and_left_alone(desk: Desk) -> None:
    key = await desk.stuck_at("before west")
    await desk.set(key, "kind = 'of_tomorrow'")
    [shown] = await desk.listed()
    assert (shown.kind, shown.step, shown.cancellable) == ("of_tomorrow", "", False)
    assert await desk.refused(desk.retry(key)) == "UNKNOWN_KIND"


async def test_an_operation_its_participants_may_have_forgotten_is_not_set_going_again(desk: Desk) -> None:
    key = await desk.stuck_at("after west")
    await desk.set(key, "create_time = now() - interval '29 days'")
    assert await desk.refused(desk.retry(key)) == "OPERATION_TOO_OLD"
    assert await desk.refused(desk.cancel(key)) == "OPERATION_TOO_OLD"


async def test_a_stuck_operation_still_holds_what_it_is_about(desk: Desk) -> None:
    key = await desk.stuck_at("before west")
    row = await desk.moves.row(key)
    with pytest.raises(Exception, match="exists already"):
        await desk.moves.start(somebody(), row.business_key)


async def test_only_who_may_see_everything_and_do_this_is_served(desk: Desk) -> None:
    key = await desk.stuck_at("before west")
    below = somebody(scope=Scope.SUBTREE)
    for deed in (desk.listed(below), desk.retry(key, below), desk.cancel(key, who=below)):
        assert await desk.refused(deed) == "PERMISSION_DENIED"
    reader = somebody(permissions=["ops.operation.list"])
    assert len(await desk.listed(reader)) == 1
    for deed in (desk.retry(key, reader), desk.cancel(key, who=reader)):
        assert await desk.refused(deed) == "PERMISSION_DENIED"


async def test_who_decided_what_is_kept_as_changes_of_the_operation(desk: Desk) -> None:
    key = await desk.stuck_at("before west")
    await desk.retry(key)
    await desk.cancel(key, "wrong box")
    request = events.ListChangesRequest(service="shelf", record_type="operation", record_id=str(key))
    changes = (await desk.moves.home.call("crm.ops.v1.EventService/ListChanges", request, OPERATOR)).changes
    assert [change.actor for change in changes] == [OPERATOR.actor] * 2
    cancelled, retried = (dict(change.fields) for change in changes)
    assert (retried["state"]["old"], retried["state"]["new"]) == ("stuck", "running")
    assert (cancelled["state"]["new"], cancelled["error"]["new"]) == ("compensating", "wrong box")


async def test_a_repeated_decision_with_its_key_answers_as_the_first_did(desk: Desk) -> None:
    key, request_key = await desk.stuck_at("before west"), str(uuid4())
    request = pb.CancelOperationRequest(service="shelf", id=str(key), reason="wrong box")
    answers = [
        await desk.moves.home.call(f"{SERVICE}/CancelOperation", request, OPERATOR, idempotency_key=request_key)
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


async def test_ended_operations_are_forgotten_after_ninety_days_and_guards_after_thirty(desk: Desk) -> None:
    stuck = await desk.stuck_at("before west")
    done = await desk.moves.start(somebody())
    assert await desk.worker.advance(done, 10) == "done"
    home, west, now = desk.moves.home, desk.moves.places["west"], datetime.now(UTC)

    async def gone(db: Any, days: int) -> tuple[int, int]:
        async with db.connect() as connection:
            return await saga_retention.forget_old(connection, now + timedelta(days=days))

    assert await gone(west.db, 29) == (0, 0)
    assert await gone(west.db, 31) == (0, 1)
    assert await gone(home.db, 89) == (0, 0)
    assert await gone(home.db, 91) == (1, 0)
    assert (await desk.moves.row(stuck)).state == "stuck"

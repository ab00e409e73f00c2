"""One act upon many records: in the person's name, once each, with a result per record and a way back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from crm.ops.v1 import bulk_change_service_pb2 as pb
from crm.ops.v1.bulk_change_pb2 import BulkChange, BulkChangeResult
from sqlalchemy import text

from crm_kit import bulk_changes
from crm_kit.jobs import current_lease
from crm_kit.principal import Principal, Scope
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.identity import People, identity_at_the_wire
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import Box, running_shelf
from .test_resource import BOX

SERVICE = "crm.ops.v1.BulkChangeService"
CHANGED, UNCHANGED, REFUSED = BulkChangeResult.CHANGED, BulkChangeResult.UNCHANGED, BulkChangeResult.REFUSED


@pytest.fixture(scope="module")
async def people() -> AsyncIterator[People]:
    async with identity_at_the_wire() as made:
        yield made


@pytest.fixture(scope="module")
async def shelf(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory, people: People
) -> AsyncIterator[RunningService]:
    keys = tmp_path_factory.mktemp("keys")
    async with running_shelf(database_factory, keys, peers={"identity": people.address}) as made:
        yield made


class Desk:
    """A person at work in a unit of their own."""

    def __init__(self, shelf: RunningService, people: People, scope: Scope = Scope.UNIT, *permissions: str) -> None:
        self.bench = Bench(shelf, BOX)
        who = somebody(unit_path=self.bench.unit, scope=scope, permissions=permissions or ("*",))
        self.shelf, self.people, self.person = shelf, people, people.add(who)

    async def ask(self, verb: str, body: dict[str, Any], *, who: Principal | None = None, **asked: Any) -> BulkChange:
        change = BulkChange(service="shelf", resource="boxes", verb=verb, **asked)
        change.body.update(body)
        request = pb.CreateBulkChangeRequest(bulk_change=change)
        made: BulkChange = await self.shelf.call(f"{SERVICE}/CreateBulkChange", request, who or self.person)
        return made

    async def get(self, id: str, who: Principal | None = None) -> BulkChange:
        request = pb.GetBulkChangeRequest(service="shelf", id=id)
        found: BulkChange = await self.shelf.call(f"{SERVICE}/GetBulkChange", request, who or self.person)
        return found

    async def done(self, made: BulkChange) -> BulkChange:
        await self.shelf.change_in_bulk()
        return await self.get(made.id)

    async def undo(self, made: BulkChange) -> BulkChange:
        request = pb.UndoBulkChangeRequest(service="shelf", id=made.id)
        return await self.done(await self.shelf.call(f"{SERVICE}/UndoBulkChange", request, self.person))

    async def results(self, made: BulkChange, who: Principal | None = None) -> dict[str, BulkChangeResult]:
        request = pb.ListBulkChangeResultsRequest(service="shelf", id=made.id, page_size=200)
        page = await self.shelf.call(f"{SERVICE}/ListBulkChangeResults", request, who or self.person)
        return {one.record_id: one for one in page.results}

    async def box(self, id: str) -> Any:
        return await self.bench.do("Get", self.person, id=id)


@pytest.fixture
def desk(shelf: RunningService, people: People) -> Desk:
    return Desk(shelf, people)


def counts(change: BulkChange) -> tuple[int, int, int, int]:
    return change.record_count, change.changed_count, change.unchanged_count, change.refused_count


async def test_named_records_are_changed_one_by_one_and_each_has_its_result(desk: Desk) -> None:
    plain, same = await desk.bench.seed(name="old"), await desk.bench.seed(name="new")
    gone = str(uuid4())
    ids = [plain[0].id, same[0].id, gone]
    asked = await desk.ask("update", {"name": "new"}, ids=ids)
    assert asked.state == BulkChange.RUNNING
    ended = await desk.done(asked)
    assert (ended.state, counts(ended), ended.undoable) == (BulkChange.DONE, (3, 1, 1, 1), True)
    found = await desk.results(ended)
    assert list(found) == ids, "in the order asked"
    assert [(one.state, one.name) for one in found.values()] == [(CHANGED, "new"), (UNCHANGED, "new"), (REFUSED, "")]
    assert found[gone].reason == "NOT_FOUND"
    assert (await desk.box(plain[0].id)).name == "new"


async def test_what_is_wrong_for_every_record_is_refused_before_any_is_touched(desk: Desk) -> None:
    [box] = await desk.bench.seed()
    wrong = {"colour": "red", "maker": "x", "shelf": "high", "etag": "1"}
    fields = {
        "body.colour": "UNKNOWN_FIELD",
        "body.maker": "READ_ONLY",
        "body.shelf": "INVALID_VALUE",
        "body.etag": "READ_ONLY",
    }
    assert await refused_fields(desk, "update", wrong, ids=[box.id]) == fields
    assert await refused_fields(desk, "update", {"name": ""}, ids=[box.id]) == {"body.name": "REQUIRED"}
    assert await refused_fields(desk, "update", {}, ids=[box.id]) == {"body": "NOTHING_TO_CHANGE"}
    assert await refused_fields(desk, "lend", {}, ids=[box.id]) == {"body.owner_id": "REQUIRED"}
    assert await refused_fields(desk, "burn", {}, ids=[box.id]) == {"verb": "UNKNOWN_VERB"}
    assert await refused_fields(desk, "update", {"name": "x"}) == {"ids": "COUNT"}
    assert await refused_fields(desk, "update", {"name": "x"}, ids=["7"]) == {"ids[0]": "NOT_A_UUID"}
    assert await refused_fields(desk, "update", {"name": "x"}, filter="shelf = 1") == {"all_matching": "REQUIRED"}
    broken = {"filter": "shelves = 1", "all_matching": True}
    assert await refused_fields(desk, "update", {"name": "x"}, **broken) == {"filter": "FIELD_UNKNOWN"}
    assert await desk.box(box.id) == box


async def refused_fields(desk: Desk, verb: str, body: dict[str, Any], **asked: Any) -> dict[str, str]:
    change = BulkChange(service="shelf", resource="boxes", verb=verb, **asked)
    change.body.update(body)
    headers = {"authorization": f"Bearer {desk.bench.token(desk.person)}"}
    request = pb.CreateBulkChangeRequest(bulk_change=change)
    with pytest.raises(Refusal) as refused:
        await desk.bench.raw(descriptors.method(f"{SERVICE}/CreateBulkChange"), request, headers)
    return refused.value.fields


async def test_who_may_not_use_the_verb_is_refused_at_once(shelf: RunningService, people: People) -> None:
    reader = Desk(shelf, people, Scope.UNIT, "shelf.box.get", "ops.bulk_change.*")
    [box] = await reader.bench.seed()
    with pytest.raises(RemoteError) as refused:
        await reader.ask("update", {"name": "x"}, ids=[box.id])
    assert refused.value.status is grpc.StatusCode.PERMISSION_DENIED


async def test_a_key_cannot_ask_for_work_that_outlives_its_request(desk: Desk) -> None:
    [box] = await desk.bench.seed()
    with pytest.raises(RemoteError) as refused:
        await desk.ask("update", {"name": "x"}, ids=[box.id], who=replace(desk.person, kind="key"))
    assert refused.value.reason == "ONLY_PEOPLE_CHANGE_MANY"


async def test_all_that_match_are_those_the_person_sees_when_the_work_begins(desk: Desk) -> None:
    await desk.bench.seed(3, shelf=7)
    [other] = await desk.bench.seed(shelf=8)
    [foreign] = await desk.bench.seed(unit="/hq/elsewhere/", shelf=7)
    asked = await desk.ask("update", {"shelf": 9}, filter="shelf = 7", all_matching=True)
    assert asked.record_count == 0
    await desk.bench.seed(shelf=7)
    ended = await desk.done(asked)
    assert counts(ended) == (4, 4, 0, 0)
    assert (await desk.box(other.id)).shelf == 8
    assert (await desk.bench.do("Get", somebody(), id=foreign.id)).shelf == 7


async def test_nobody_else_sees_it_but_who_may_see_all(desk: Desk, shelf: RunningService, people: People) -> None:
    [box] = await desk.bench.seed()
    ended = await desk.done(await desk.ask("update", {"name": "x"}, ids=[box.id]))
    colleague = desk.bench.somebody(Scope.SUBTREE)
    for question in (desk.get(ended.id, colleague), desk.results(ended, colleague)):
        with pytest.raises(RemoteError) as refused:
            await question
        assert refused.value.status is grpc.StatusCode.NOT_FOUND
    page = await shelf.call(f"{SERVICE}/ListBulkChanges", pb.ListBulkChangesRequest(service="shelf"), colleague)
    assert not page.bulk_changes
    overseer = somebody(unit_path="/", scope=Scope.ALL)
    assert not (await desk.get(ended.id, overseer)).undoable, "taking back is the person's own"
    assert list(await desk.results(ended, overseer)) == [box.id]


async def test_the_rights_of_the_moment_count(desk: Desk, people: People) -> None:
    boxes = await desk.bench.seed(2, name="old")
    asked = await desk.ask("update", {"name": "new"}, ids=[box.id for box in boxes])
    people.add(somebody(unit_path="/hq/elsewhere/", scope=Scope.UNIT, user_id=UUID(desk.person.subject)))
    ended = await desk.done(asked)
    assert (ended.state, counts(ended)) == (BulkChange.DONE, (2, 0, 0, 2))
    assert {(one.reason, one.name) for one in (await desk.results(ended)).values()} <= {
        ("NOT_FOUND", "old"),
        ("READ_ONLY", "old"),
    }


async def test_who_may_not_work_here_any_more_changes_nothing(desk: Desk, people: People) -> None:
    boxes = await desk.bench.seed(2, name="old")
    asked = await desk.ask("update", {"name": "new"}, ids=[box.id for box in boxes])
    del people.known[desk.person.subject]
    ended = await desk.done(asked)
    assert (ended.state, counts(ended)) == (BulkChange.DONE, (2, 0, 0, 2))
    assert {one.reason for one in (await desk.results(ended)).values()} == {"ACCESS_LOST"}


async def test_an_undo_gives_back_what_was_and_leaves_alone_what_changed_since(desk: Desk) -> None:
    first, second = await desk.bench.seed(name="one", tags=["a"]), await desk.bench.seed(name="two")
    ids = [first[0].id, second[0].id]
    ended = await desk.done(await desk.ask("update", {"tags": ["b"], "weight": 5}, ids=ids))
    await desk.bench.update(Box(id=ids[1], name="mine"), "name")
    undone = await desk.undo(ended)
    assert (undone.state, counts(undone), undone.undo_of_id, undone.undoable) == (
        BulkChange.DONE,
        (2, 1, 0, 1),
        ended.id,
        False,
    )
    back = await desk.box(ids[0])
    assert (list(back.tags), back.HasField("weight"), back.name) == (["a"], False, "one")
    left = await desk.box(ids[1])
    assert (list(left.tags), left.weight, left.name) == (["b"], 5, "mine")
    assert (await desk.results(undone))[ids[1]].reason == "CHANGED_SINCE"
    after = await desk.get(ended.id)
    assert (after.undoable, after.undone_by_id) == (False, undone.id)
    with pytest.raises(RemoteError) as refused:
        await desk.undo(ended)
    assert refused.value.reason == "NOT_UNDOABLE"


async def test_a_verb_with_a_way_back_goes_back_to_the_former_value(desk: Desk) -> None:
    owner, heir = uuid4(), uuid4()
    [owned], [free], [tin] = (
        await desk.bench.seed(owner=owner),
        await desk.bench.seed(),
        await desk.bench.seed(owner=owner, kind="TIN", name="Peas"),
    )
    asked = await desk.ask("lend", {"owner_id": str(heir)}, ids=[owned.id, free.id, tin.id])
    ended = await desk.done(asked)
    assert (counts(ended), ended.undoable) == ((3, 2, 0, 1), True)
    refused = (await desk.results(ended, in_chinese(desk.person)))[tin.id]
    assert (refused.reason, refused.message) == ("NOT_FOR_LENDING", "Peas 是罐头，不外借。")
    undone = await desk.undo(ended)
    assert counts(undone) == (2, 1, 0, 1)
    assert (await desk.box(owned.id)).owner_id == str(owner)
    assert (await desk.results(undone))[free.id].reason == "NO_FORMER_VALUE"


def in_chinese(principal: Principal) -> Principal:
    return replace(principal, language="zh-CN")


async def test_a_verb_without_a_way_back_says_so(desk: Desk) -> None:
    [box] = await desk.bench.seed()
    ended = await desk.done(await desk.ask("repack", {}, ids=[box.id]))
    assert (counts(ended), ended.undoable, ended.HasField("undo_expire_time")) == ((1, 1, 0, 0), False, False)


async def test_a_killed_worker_s_piece_is_repeated_and_changes_nothing_twice(desk: Desk, shelf: RunningService) -> None:
    owner = uuid4()
    boxes = await desk.bench.seed(3, shelf=1, owner=owner)
    asked = await desk.ask("lend", {"owner_id": str(uuid4())}, ids=[box.id for box in boxes])
    work = shelf.bulk
    assert work is not None
    [(row, lease)] = await work.jobs.take(1)
    real, acted, dying = work._endpoints.act, 0, asyncio.Event()

    async def dies_after_two(*arguments: Any) -> Any:
        nonlocal acted
        answer = await real(*arguments)
        acted += 1
        if acted == 2:
            dying.set()
            await asyncio.Event().wait()
        return answer

    work._endpoints.act = dies_after_two  # type: ignore[method-assign]
    current_lease.set(lease)
    handler, permission = work.jobs._handlers[row.kind]
    call = shelf.work().as_principal(desk.person, permission)
    # What kill -9 leaves behind: two records changed, none written down, and a lease that nobody prolongs.
    doomed = asyncio.create_task(handler(call, row.subject_id))
    await dying.wait()
    doomed.cancel()
    work._endpoints.act = real  # type: ignore[method-assign]
    assert counts(await desk.get(asked.id)) == (3, 0, 0, 0)
    changed = [box for box in boxes if (await desk.box(box.id)).shelf == 2]
    await desk.bench.update(Box(id=changed[0].id, name="mine"), "name")
    await asyncio.sleep(0.7)
    ended = await desk.done(asked)
    assert (ended.state, counts(ended)) == (BulkChange.DONE, (3, 3, 0, 0))
    assert [(await desk.box(box.id)).shelf for box in boxes] == [2, 2, 2], "lent once each, which adds one"
    undone = await desk.undo(ended)
    assert counts(undone) == (3, 2, 0, 1)
    assert (await desk.results(undone))[changed[0].id].reason == "CHANGED_SINCE"
    assert (await desk.box(changed[1].id)).owner_id == str(owner)


async def test_one_is_at_work_and_five_wait_and_no_more(desk: Desk) -> None:
    [box] = await desk.bench.seed()
    made = [await desk.ask("update", {"shelf": number}, ids=[box.id]) for number in range(1, 7)]
    assert [one.state for one in made] == [BulkChange.RUNNING] + [BulkChange.QUEUED] * 5
    with pytest.raises(RemoteError) as refused:
        await desk.ask("update", {"shelf": 9}, ids=[box.id])
    assert refused.value.reason == "TOO_MANY_BULK_CHANGES"
    request = pb.CancelBulkChangeRequest(service="shelf", id=made[3].id)
    cancelled = await desk.shelf.call(f"{SERVICE}/CancelBulkChange", request, desk.person)
    assert cancelled.state == BulkChange.CANCELLED
    await desk.shelf.change_in_bulk()
    states = [(await desk.get(one.id)).state for one in made]
    assert states == [BulkChange.DONE] * 3 + [BulkChange.CANCELLED] + [BulkChange.DONE] * 2
    assert (await desk.box(box.id)).shelf == 6


async def test_what_is_done_when_it_is_stopped_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_kit.bulk_work.RECORDS", 2)
    boxes = await desk.bench.seed(5, shelf=1)
    asked = await desk.ask("update", {"shelf": 2}, ids=[box.id for box in boxes])
    request = pb.CancelBulkChangeRequest(service="shelf", id=asked.id)
    assert (await desk.shelf.call(f"{SERVICE}/CancelBulkChange", request, desk.person)).state == BulkChange.RUNNING
    ended = await desk.done(asked)
    assert (ended.state, counts(ended), ended.undoable) == (BulkChange.CANCELLED, (5, 2, 0, 0), True)
    assert [(await desk.box(box.id)).shelf for box in boxes] == [2, 2, 1, 1, 1]


async def test_the_same_request_asked_twice_is_one_bulk_change(desk: Desk) -> None:
    [box] = await desk.bench.seed()
    change = BulkChange(service="shelf", resource="boxes", verb="repack", ids=[box.id])
    request, path, key = pb.CreateBulkChangeRequest(bulk_change=change), f"{SERVICE}/CreateBulkChange", str(uuid4())
    first, second = [await desk.shelf.call(path, request, desk.person, idempotency_key=key) for _ in range(2)]
    assert first.id == second.id
    await desk.shelf.change_in_bulk()


async def test_values_go_after_a_day_results_after_thirty_and_an_erased_person_s_at_once(desk: Desk) -> None:
    box, other = await desk.bench.seed(2, name="Grace")
    [tin] = await desk.bench.seed(name="Grace", kind="TIN")
    lent = await desk.done(await desk.ask("lend", {"owner_id": str(uuid4())}, ids=[tin.id]))
    ended = await desk.done(await desk.ask("update", {"name": "Ada"}, ids=[box.id, other.id]))
    async with begin(desk.shelf.work()) as tx:
        await bulk_changes.forget_records(tx, [UUID(box.id), UUID(tin.id)])
    kept = "SELECT former FROM bulk_change_result WHERE bulk_change_id = :id ORDER BY position"
    assert await rows(desk, kept, ended.id) == [(None,), ({"name": "Grace"},)]
    assert not (await desk.get(ended.id)).body
    told = (await desk.results(lent))[tin.id]
    assert (told.reason, told.message) == ("NOT_FOR_LENDING", "")
    now = datetime.now(UTC)
    async with desk.shelf.db.connect() as connection:
        assert (await bulk_changes.forget_old(connection, now))[0] == 0
        while (await bulk_changes.forget_old(connection, now + timedelta(hours=25)))[0]:
            pass
    assert await rows(desk, kept, ended.id) == [(None,), (None,)]
    assert not (await desk.get(ended.id)).undoable
    async with desk.shelf.db.connect() as connection:
        while sum(await bulk_changes.forget_old(connection, now + timedelta(days=31))):
            pass
    assert await rows(desk, kept, ended.id) == []


async def rows(desk: Desk, statement: str, id: str) -> list[Any]:
    async with desk.shelf.db.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement), {"id": UUID(id)})]

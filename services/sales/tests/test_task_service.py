"""Tasks, through the RPCs."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from crm.sales.v1 import sales_events_pb2 as events
from crm.sales.v1.task_pb2 import Task
from google.protobuf.timestamp_pb2 import Timestamp

from crm_kit.errors import InvalidArgument
from crm_kit.principal import Principal, Scope
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_sales.domain.task import Task as StoredTask
from crm_sales.service import service

from .seller import Seller

MINE = ("sales.task.*", "sales.opportunity.*")


@pytest.fixture(scope="module")
async def at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.fixture
def seller(at_work: RunningService) -> Seller:
    return Seller(at_work, a_rep())


def a_rep(unit_path: str = "/1/", permissions: Sequence[str] = MINE) -> Principal:
    return somebody(unit_path=unit_path, scope=Scope.OWN, permissions=permissions)


def instant(hours: float) -> Timestamp:
    return stamp(datetime.now(UTC) + timedelta(hours=hours))


def stamp(at: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(at)
    return made


async def a_task(seller: Seller, **facts: Any) -> Task:
    wanted = {"subject": "回访报价", "due_time": instant(24), **facts}
    made: Task = await seller.do("CreateTask", task=wanted)
    return made


async def listed(seller: Seller, condition: str) -> set[str]:
    return {task.id for task in (await seller.do("ListTasks", filter=condition)).tasks}


async def last(seller: Seller, kind: Any, task: Task) -> Any:
    return [event for event in await seller.events(kind) if event.task.id == task.id][-1]


async def test_a_new_task_is_open_and_its_makers_own(seller: Seller) -> None:
    task = await a_task(seller)
    assert (task.state, task.kind, task.priority) == (Task.OPEN, Task.TO_DO, Task.NORMAL)
    assert task.owner_id == task.creator_id == str(seller.who.user_id)
    assert task.original_due_time == task.due_time
    assert task.number.startswith("TK-")


async def test_an_assigned_task_is_seen_by_who_does_it_whatever_their_unit(seller: Seller) -> None:
    colleague = Seller(seller.sales, a_rep("/2/"))
    task = await a_task(seller, owner_id=str(colleague.who.user_id))
    seen = await colleague.do("GetTask", id=task.id)
    assert seen.owner_id == str(colleague.who.user_id)
    assert seen.unit_path == "/1/"
    done = await colleague.do("CompleteTask", id=task.id)
    assert done.state == Task.DONE
    assert (await last(seller, events.TaskCreated, task)).task.owner_id == str(colleague.who.user_id)


async def test_only_who_may_assign_makes_tasks_for_others(seller: Seller) -> None:
    seller.who = a_rep(permissions=("sales.task.create",))
    refused = await seller.refused("CreateTask", task={"subject": "x", "owner_id": str(uuid4())})
    assert refused.reason == "PERMISSION_DENIED"


async def test_a_task_is_handed_to_a_colleague_and_back(seller: Seller) -> None:
    colleague = Seller(seller.sales, a_rep("/2/"))
    task = await a_task(seller)
    given = await seller.do("AssignTask", id=task.id, owner_id=str(colleague.who.user_id))
    assert given.owner_id == str(colleague.who.user_id)
    assert (await last(seller, events.TaskAssigned, task)).previous_owner_id == str(seller.who.user_id)
    assert (await seller.refused("GetTask", id=task.id)).reason == "NOT_FOUND"
    back = await colleague.do("AssignTask", id=task.id, owner_id=str(seller.who.user_id))
    assert back.owner_id == str(seller.who.user_id)


async def test_what_is_done_late_stays_visible_though_it_was_put_off(seller: Seller) -> None:
    task = await a_task(seller, due_time=instant(-48))
    moved = await seller.do("UpdateTask", task={"id": task.id, "due_time": instant(-1)})
    assert moved.original_due_time == task.due_time
    done = await seller.do("CompleteTask", id=task.id, outcome=" 客户同意 ")
    assert (done.completed_late, done.outcome) == (True, "客户同意")
    assert task.id in await listed(seller, "completed_late = true AND state = DONE")


async def test_done_and_cancelled_tasks_are_taken_up_again_and_nothing_else_is(seller: Seller) -> None:
    task = await a_task(seller)
    assert (await seller.refused("ReopenTask", id=task.id)).reason == "TASK_NOT_IN_STATE"
    await seller.do("StartTask", id=task.id)
    assert (await seller.refused("StartTask", id=task.id)).reason == "TASK_NOT_IN_STATE"
    await seller.do("CompleteTask", id=task.id, outcome="ok")
    assert (await seller.refused("CompleteTask", id=task.id)).reason == "TASK_NOT_IN_STATE"
    assert (await seller.refused("AssignTask", id=task.id, owner_id=str(uuid4()))).reason == "TASK_NOT_IN_STATE"
    again = await seller.do("ReopenTask", id=task.id)
    assert (again.state, again.outcome, again.HasField("complete_time")) == (Task.OPEN, "", False)
    assert (await last(seller, events.TaskReopened, task)).was_done
    assert (await seller.do("CancelTask", id=task.id)).state == Task.CANCELLED
    assert (await seller.do("ReopenTask", id=task.id)).state == Task.OPEN


async def test_what_comes_again_is_made_once_when_the_last_one_is_done(seller: Seller) -> None:
    task = await a_task(seller, repeat_every=1, repeat_unit=Task.WEEK, remind_time=instant(23))
    done = await seller.do("CompleteTask", id=task.id)
    following = await seller.do("GetTask", id=done.next_task_id)
    assert following.due_time.seconds - task.due_time.seconds == 7 * 86400
    assert (
        following.due_time.seconds - following.remind_time.seconds == task.due_time.seconds - task.remind_time.seconds
    )
    assert (following.state, following.owner_id, following.repeat_every) == (Task.OPEN, task.owner_id, 1)

    await seller.do("StartTask", id=following.id)
    reopened = await seller.do("ReopenTask", id=task.id)
    assert reopened.next_task_id == following.id
    assert (await seller.do("CompleteTask", id=task.id)).next_task_id == following.id


async def test_taking_back_done_takes_back_the_next_one_too_while_nobody_touched_it(seller: Seller) -> None:
    task = await a_task(seller, repeat_every=2, repeat_unit=Task.DAY)
    done = await seller.do("CompleteTask", id=task.id)
    assert (await seller.do("ReopenTask", id=task.id)).next_task_id == ""
    assert (await seller.do("GetTask", id=done.next_task_id)).state == Task.CANCELLED
    assert (await seller.do("CompleteTask", id=task.id)).next_task_id not in {"", done.next_task_id}


async def test_the_owner_is_reminded_once_when_the_task_is_due(seller: Seller) -> None:
    task, done = await a_task(seller, due_time=instant(1)), await a_task(seller, due_time=instant(1))
    await seller.do("CompleteTask", id=done.id)
    await seller.let_pass(1)
    await seller.let_pass(2)
    told = [event.task.id for event in await seller.events(events.TaskReminderDue)]
    assert (told.count(task.id), told.count(done.id)) == (1, 0)


def test_an_all_day_task_is_due_at_the_end_of_its_day_and_reminds_in_the_morning() -> None:
    task = StoredTask(subject="x", due_time=datetime(2030, 5, 6, 4, 0, tzinfo=UTC), all_day=True)
    task.settle("Asia/Shanghai")
    assert task.due_time == datetime(2030, 5, 6, 15, 59, 59, tzinfo=UTC)
    assert task.reminder_time("Asia/Shanghai") == datetime(2030, 5, 6, 1, 0, tzinfo=UTC)


async def test_a_task_about_a_deal_is_its_customers_and_of_hidden_deals_there_are_none(seller: Seller) -> None:
    deal = await seller.opportunity()
    task = await a_task(seller, record_type="sales.opportunity", record_id=deal.id)
    assert task.customer_id == deal.customer_id
    stranger = Seller(seller.sales, a_rep("/2/"))
    about = {"subject": "x", "record_type": "sales.opportunity", "record_id": deal.id}
    assert (await stranger.refused("CreateTask", task=about)).reason == "NOT_FOUND"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"record_type": "sales.receipt", "record_id": uuid4()}, "record_type"),
        ({"record_type": "leads.lead"}, "record_id"),
        ({"record_id": uuid4()}, "record_type"),
        ({"repeat_every": 1}, "repeat_unit"),
        ({"repeat_every": 366, "repeat_unit": "DAY"}, "repeat_every"),
        ({"repeat_every": 1, "repeat_unit": "DAY", "due_time": None}, "due_time"),
        ({"all_day": True, "due_time": None}, "due_time"),
    ],
)
def test_what_cannot_be_true_is_refused_by_its_field(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        StoredTask(**{"subject": "x", "due_time": datetime.now(UTC), **facts}).settle("Asia/Shanghai")
    assert [violation.field for violation in refused.value.violations] == [field]


async def test_lists_tell_what_is_overdue_and_whose_it_is(seller: Seller) -> None:
    late, later = await a_task(seller, due_time=instant(-2)), await a_task(seller, due_time=instant(2))
    now = datetime.now(UTC).isoformat()
    overdue = await listed(seller, f'state = (OPEN OR DOING) AND due_time < "{now}"')
    assert late.id in overdue
    assert later.id not in overdue
    mine = await seller.do("ListTasks", filter=f'owner_id = "{seller.who.user_id}"', order_by="due_time")
    assert [task.id for task in mine.tasks] == [late.id, later.id]

"""Tasks about a lead follow its merge and come back, in whatever order the events are delivered."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.sales.v1.sales_events_pb2 import MergedLeadFollowed
from google.protobuf.message import Message
from uuid_utils.compat import uuid7

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_sales.service import service

from .seller import Seller

MERGE, LEAD, SURVIVOR = (str(uuid7()) for _ in range(3))
Fact = tuple[UUID, int, Message]


@pytest.fixture
async def seller(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Seller]:
    async with running(service, database_factory, tmp_path) as made:
        yield Seller(made)


def merged() -> Fact:
    gone = Lead(id=LEAD, state="MERGED", merged_into_id=SURVIVOR)
    return UUID(LEAD), 2, leads.LeadMergedByHand(lead=gone, lead_merge_id=MERGE)


def unmerged() -> Fact:
    return UUID(LEAD), 3, leads.LeadUnmerged(lead=Lead(id=LEAD), lead_merge_id=MERGE, survivor_id=SURVIVOR)


async def about(seller: Seller, record_id: str) -> set[str]:
    found = await seller.do("ListTasks", filter=f'record_id = "{record_id}"')
    return {task.id for task in found.tasks}


async def answers(sales: RunningService) -> list[tuple[bool, int]]:
    return [(one.unmerged, one.task_count) for one in await sales.messages(MergedLeadFollowed)]


async def test_tasks_are_about_the_survivor_until_the_merge_is_taken_back(seller: Seller) -> None:
    async def task(record_id: str) -> str:
        facts = {"subject": "回访", "record_type": "leads.lead", "record_id": record_id}
        made = await seller.do("CreateTask", task=facts)
        return str(made.id)

    own, theirs, given_away = await task(SURVIVOR), await task(LEAD), await task(LEAD)
    await seller.sales.deliver(merged())
    assert (await about(seller, SURVIVOR), await about(seller, LEAD)) == ({own, theirs, given_away}, set())
    other = str(uuid7())
    await seller.do("UpdateTask", task={"id": given_away, "record_id": other}, update_mask={"paths": ["record_id"]})
    await seller.sales.deliver(unmerged())
    assert (await about(seller, SURVIVOR), await about(seller, LEAD)) == ({own}, {theirs})
    assert await about(seller, other) == {given_away}
    assert await answers(seller.sales) == [(False, 2), (True, 1)]


async def test_a_merge_heard_of_after_its_end_moves_nothing(seller: Seller) -> None:
    made = await seller.do("CreateTask", task={"subject": "回访", "record_type": "leads.lead", "record_id": LEAD})
    await seller.sales.deliver(unmerged())
    await seller.sales.deliver(merged())
    assert await about(seller, LEAD) == {made.id}
    assert await answers(seller.sales) == [(True, 0)]

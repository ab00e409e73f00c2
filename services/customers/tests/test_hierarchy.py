"""The tree of customers."""

import asyncio
from uuid import uuid4

import pytest

from crm_customers.domain.hierarchy import HierarchyCycle, HierarchyTooDeep, lineage
from crm_kit.principal import Scope
from crm_kit.rpc.channels import RemoteError

from .clerk import Clerk, names, refused


def test_a_customer_knows_everybody_above_it() -> None:
    top, middle = uuid4(), uuid4()
    assert lineage(uuid4(), middle, [top]) == [top, middle]


def test_nobody_is_above_itself() -> None:
    mine, child = uuid4(), uuid4()
    with pytest.raises(HierarchyCycle):
        lineage(mine, mine, [])
    with pytest.raises(HierarchyCycle):
        lineage(mine, child, [uuid4(), mine])


def test_the_tree_has_at_most_ten_levels() -> None:
    above = [uuid4() for _ in range(8)]
    assert len(lineage(uuid4(), uuid4(), above)) == 9
    with pytest.raises(HierarchyTooDeep):
        lineage(uuid4(), uuid4(), above, levels_below=1)


async def test_everything_below_a_customer_can_be_listed(clerk: Clerk) -> None:
    group = await clerk.customer("集团")
    region = await clerk.customer("华东大区", parent_id=group.id)
    await clerk.customer("上海工厂", parent_id=region.id)
    await clerk.customer("别家")
    assert names(await clerk.find(filter=f'ancestor_ids:"{group.id}"', order_by="create_time")) == [
        "华东大区",
        "上海工厂",
    ]
    assert names(await clerk.find(filter=f'parent_id = "{group.id}"')) == ["华东大区"]


async def test_moving_a_customer_takes_everything_below_it_along(clerk: Clerk) -> None:
    old, new = await clerk.customer("老集团"), await clerk.customer("新集团")
    region = await clerk.customer("大区", parent_id=old.id)
    factory = await clerk.customer("工厂", parent_id=region.id)
    region = await clerk.change(region, parent_id=new.id)
    assert list(region.ancestor_ids) == [new.id]
    assert list((await clerk.get(factory.id)).ancestor_ids) == [new.id, region.id]
    region = await clerk.change(region, parent_id="")
    assert list((await clerk.get(factory.id)).ancestor_ids) == [region.id]


async def test_a_customer_cannot_be_placed_below_itself(clerk: Clerk) -> None:
    group = await clerk.customer("集团")
    region = await clerk.customer("大区", parent_id=group.id)
    async with refused("HIERARCHY_CYCLE"):
        await clerk.change(group, parent_id=region.id)


async def test_a_subtree_that_would_make_an_eleventh_level_is_refused(clerk: Clerk) -> None:
    bottom = await clerk.customer("1")
    for level in range(2, 10):
        bottom = await clerk.customer(str(level), parent_id=bottom.id)
    pair = await clerk.customer("pair")
    await clerk.customer("child", parent_id=pair.id)
    async with refused("HIERARCHY_TOO_DEEP"):
        await clerk.change(pair, parent_id=bottom.id)
    assert len((await clerk.customer("10", parent_id=bottom.id)).ancestor_ids) == 9


async def test_a_parent_one_may_not_see_is_no_parent(clerk: Clerk) -> None:
    group = await clerk.customer("集团")
    dealer = clerk.as_(unit_path="/hq/d1/", scope=Scope.SUBTREE)
    async with refused("INVALID_ARGUMENT"):
        await dealer.customer("工厂", parent_id=group.id)


async def test_two_moves_at_once_never_make_a_cycle(clerk: Clerk) -> None:
    one, other = await clerk.customer("甲"), await clerk.customer("乙")
    outcomes = await asyncio.gather(
        clerk.change(one, parent_id=other.id), clerk.change(other, parent_id=one.id), return_exceptions=True
    )
    failed = [outcome for outcome in outcomes if isinstance(outcome, RemoteError)]
    assert [error.reason for error in failed] == ["HIERARCHY_CYCLE"]
    levels = [len((await clerk.get(each.id)).ancestor_ids) for each in (one, other)]
    assert sorted(levels) == [0, 1]

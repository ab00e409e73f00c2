"""What a campaign achieved for its cost (GT-8): cost once, currencies apart, undefined when undefined."""

from decimal import Decimal

import pytest

from crm_kit.principal import Scope
from crm_kit.testing.service import somebody
from crm_marketing.domain.results import Results

from .marketer import Marketer, a_deal, a_lead, captured, opened, won


async def test_three_won_deals_of_2000_for_1000_return_500_percent(marketer: Marketer) -> None:
    campaign = await marketer.campaign(
        goals=[{"metric": "revenue", "target": "12000"}, {"metric": "won", "target": "3"}]
    )
    await marketer.spend(campaign, "600", "A")
    await marketer.spend(campaign, "400", "B")
    deals = [a_deal(campaign) for _ in range(3)]
    leads = [a_lead(campaign) for _ in range(3)]
    await marketer.marketing.deliver(*map(opened, deals), *map(won, deals), *map(captured, leads), seed=3)
    results = await marketer.results(campaign)
    assert results.roi_percent == "500"
    assert results.roi_absent_reason == ""
    assert [(money.amount, money.currency) for money in results.cost] == [("1000", "CNY")]
    assert [(money.amount, money.currency) for money in results.revenue] == [("6000", "CNY")]
    assert (results.cost_per_lead.amount, results.cost_per_lead.currency) == ("333.33", "CNY")
    assert [(goal.metric, goal.actual, goal.percent) for goal in results.goals] == [
        ("revenue", "6000", "50"),
        ("won", "3", "100"),
    ]


async def test_without_a_cost_there_is_no_return(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    deal = a_deal(campaign)
    await marketer.marketing.deliver(opened(deal), won(deal))
    results = await marketer.results(campaign)
    assert not results.HasField("roi_percent")
    assert results.roi_absent_reason == "NO_COST"
    assert not results.HasField("cost_per_lead")


async def test_currencies_are_never_added(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    await marketer.spend(campaign, "1000", "A")
    deals = [a_deal(campaign), a_deal(campaign, "300", "EUR"), a_deal(campaign, amount="")]
    await marketer.marketing.deliver(*map(opened, deals), *map(won, deals))
    results = await marketer.results(campaign)
    assert [(money.amount, money.currency) for money in results.revenue] == [("2000", "CNY"), ("300", "EUR")]
    assert (results.won, results.won_without_amount) == (3, 1)
    assert not results.HasField("roi_percent")
    assert results.roi_absent_reason == "SEVERAL_CURRENCIES"


async def test_parts_count_when_asked_each_with_its_own_cost_and_each_person_once(marketer: Marketer) -> None:
    top = await marketer.campaign()
    part = await marketer.campaign(parent_id=top.id)
    below = await marketer.campaign(parent_id=part.id)
    for campaign, cost in ((top, "100"), (part, "200"), (below, "700")):
        await marketer.spend(campaign, cost, "A")
    deals = [a_deal(one) for one in (top, part, below)]
    await marketer.marketing.deliver(*map(opened, deals), *map(won, deals))
    person = {"contact_id": "0199a1b2-0000-7000-8000-000000000001", "status": "RESPONDED"}
    for one in (top, below):
        await marketer.do("CreateCampaignMember", campaign_member={"campaign_id": one.id, **person})
    alone, whole = await marketer.results(top), await marketer.results(top, include_parts=True)
    assert (alone.campaign_count, alone.roi_percent) == (1, "1900")
    assert (whole.campaign_count, whole.roi_percent, whole.responded) == (3, "500", 1)


async def test_parts_the_caller_may_not_see_do_not_count(marketer: Marketer) -> None:
    top = await marketer.campaign()
    part = await marketer.campaign(parent_id=top.id)
    await marketer.do("CreateCampaign", campaign={"name": "elsewhere", "parent_id": part.id})
    everyone = marketer.as_(somebody(unit_path="/hq/east/"))
    await everyone.do("CreateCampaign", campaign={"name": "hidden", "parent_id": top.id})
    unit_only = marketer.as_(somebody(unit_path="/hq/", scope=Scope.UNIT))
    assert (await unit_only.results(top, include_parts=True)).campaign_count == 3
    assert (await marketer.results(top, include_parts=True)).campaign_count == 4


@pytest.mark.parametrize(
    ("revenue", "cost", "roi"),
    [
        ("0", "1000", "-100"),
        ("1000", "1000", "0"),
        ("1000", "3000", "-66.67"),
        ("0.01", "0.03", "-66.67"),
    ],
)
def test_a_return_is_exact_to_two_digits_and_may_be_a_loss(revenue: str, cost: str, roi: str) -> None:
    results = Results(revenue={"CNY": Decimal(revenue)}, cost={"CNY": Decimal(cost)})
    assert results.roi_percent == Decimal(roi)


def test_a_cost_that_was_refunded_is_no_cost() -> None:
    assert Results(cost={"CNY": Decimal(0)}, revenue={"CNY": Decimal(5)}).roi_percent is None

"""Campaigns through the RPCs: planning, money, the tree, and who sees what."""

import asyncio

from crm.marketing.v1 import marketing_events_pb2 as events
from crm.marketing.v1.campaign_pb2 import Campaign

from crm_kit.principal import Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import somebody

from .marketer import Marketer


async def test_a_campaign_starts_as_a_draft_with_its_number_owner_and_sums(marketer: Marketer) -> None:
    made = await marketer.campaign(goals=[{"metric": "leads", "target": "200"}])
    assert made.state == Campaign.DRAFT
    assert made.number.startswith("CA-")
    assert made.owner_id == str(marketer.who.user_id)
    assert (made.budget.amount, made.budget.currency) == ("1500.5", "CNY")
    assert (made.committed_cost.amount, made.actual_cost.amount) == ("100", "0")
    [announced] = await marketer.marketing.announced(events.CampaignCreated)
    assert announced.message.campaign == made


async def test_costs_cannot_be_smuggled_in_with_the_lines(marketer: Marketer) -> None:
    made = await marketer.campaign(budget_lines=[{"category": "booth", "planned": "10", "actual": "9"}])
    assert made.actual_cost.amount == "0"


async def test_a_campaign_is_planned_run_finished_and_settled(marketer: Marketer) -> None:
    made = await marketer.campaign()
    for move in ("Plan", "Start", "Pause", "Resume", "Finish", "Settle"):
        made = await marketer.do(f"{move}Campaign", id=made.id, etag=made.etag)
    assert made.state == Campaign.SETTLED
    assert (await marketer.refused("CancelCampaign", id=made.id, reason="late")).reason == "CAMPAIGN_STATE_FORBIDS"
    assert (await marketer.refused("UpdateCampaign", campaign={"id": made.id, "name": "x"})).reason == (
        "CAMPAIGN_STATE_FORBIDS"
    )
    moves = await marketer.marketing.announced(events.CampaignStateChanged)
    assert [one.message.previous_state for one in moves] == [1, 2, 3, 4, 3, 5]
    assert [one.message.campaign.state for one in moves] == [2, 3, 4, 3, 5, 6]


async def test_cancelling_needs_a_reason(marketer: Marketer) -> None:
    made = await marketer.campaign()
    assert (await marketer.refused("CancelCampaign", id=made.id, reason=" ")).reason == "INVALID_ARGUMENT"
    gone = await marketer.do("CancelCampaign", id=made.id, reason="no hall")
    assert (gone.state, gone.state_reason) == (Campaign.CANCELLED, "no hall")


async def test_a_stale_etag_moves_nothing(marketer: Marketer) -> None:
    made = await marketer.campaign()
    await marketer.do("PlanCampaign", id=made.id, etag=made.etag)
    assert (await marketer.refused("StartCampaign", id=made.id, etag=made.etag)).reason == "STALE_ETAG"


async def test_dates_that_cannot_be_are_refused_at_birth_and_later(marketer: Marketer) -> None:
    wrong = {"name": "x", "start_date": "2026-03-02", "end_date": "2026-03-01"}
    assert (await marketer.refused("CreateCampaign", campaign=wrong)).reason == "INVALID_ARGUMENT"
    made = await marketer.campaign()
    change = {"id": made.id, "end_date": "2026-02-01"}
    refused = await marketer.refused("UpdateCampaign", campaign=change, update_mask={"paths": ["end_date"]})
    assert refused.reason == "INVALID_ARGUMENT"
    await marketer.do("PlanCampaign", id=made.id)
    refused = await marketer.refused("UpdateCampaign", campaign={"id": made.id}, update_mask={"paths": ["end_date"]})
    assert refused.reason == "PLAN_NEEDS_DATES"


async def test_a_cost_counts_once_however_often_its_reference_comes(marketer: Marketer) -> None:
    made = await marketer.campaign()
    costs = [marketer.spend(made, "400.10", "INV-1") for _ in range(4)]
    await asyncio.gather(*costs)
    again = await marketer.spend(made, "99.90", "INV-2", note="carpet")
    assert again.actual_cost.amount == "500"
    assert again.budget_lines[0].actual == "500"
    assert (await marketer.refused_spending(made, "1", "INV-1")).reason == "COST_REFERENCE_REUSED"
    listed = await marketer.do("ListCampaignCosts", campaign_id=made.id, page_size=1)
    assert [cost.external_reference for cost in listed.costs] == ["INV-2"]
    rest = await marketer.do("ListCampaignCosts", campaign_id=made.id, page_token=listed.next_page_token)
    assert [(cost.external_reference, cost.amount.amount) for cost in rest.costs] == [("INV-1", "400.1")]
    recorded = await marketer.marketing.announced(events.CampaignCostRecorded)
    assert [one.message.cost.amount.amount for one in recorded] == ["400.1", "99.9"]
    assert recorded[-1].message.campaign == again


async def test_a_repeated_cost_is_recognised_even_with_the_etag_of_its_first_try(marketer: Marketer) -> None:
    made = await marketer.campaign()
    first = await marketer.spend(made, "10", "INV-1", etag=made.etag)
    assert await marketer.spend(made, "10", "INV-1", etag=made.etag) == first
    assert (await marketer.refused_spending(made, "10", "INV-2", etag=made.etag)).reason == "STALE_ETAG"


async def test_more_than_planned_is_spent_only_with_a_reason(marketer: Marketer) -> None:
    made = await marketer.campaign()
    refused = await marketer.refused_spending(made, "1000.01", "INV-1")
    assert refused.reason == "BUDGET_EXCEEDED"
    assert "0.01" in str(refused)
    over = await marketer.spend(made, "1000.01", "INV-1", over_commit_reason="agreed by phone")
    assert over.actual_cost.amount == "1000.01"
    lines = [{"category": "booth", "planned": "2000", "committed": "2500"}]
    update = {"campaign": {"id": made.id, "budget_lines": lines}, "update_mask": {"paths": ["budget_lines"]}}
    assert (await marketer.refused("UpdateCampaign", **update)).reason == "BUDGET_EXCEEDED"
    after = await marketer.do("UpdateCampaign", **update, over_commit_reason="bigger hall")
    assert (after.budget.amount, after.committed_cost.amount) == ("2000", "2500")
    assert after.actual_cost.amount == "1000.01"


async def test_costs_in_another_currency_an_unknown_line_or_after_settling_are_refused(marketer: Marketer) -> None:
    made = await marketer.campaign()
    assert (await marketer.refused_spending(made, "1", "A", currency="USD")).reason == "INVALID_ARGUMENT"
    assert (await marketer.refused_spending(made, "1", "A", category="yacht")).reason == "INVALID_ARGUMENT"
    assert (await marketer.refused_spending(made, "1.001", "A")).reason == "INVALID_ARGUMENT"
    for move in ("Plan", "Start", "Finish", "Settle"):
        await marketer.do(f"{move}Campaign", id=made.id)
    assert (await marketer.refused_spending(made, "1", "A")).reason == "CAMPAIGN_STATE_FORBIDS"


async def test_the_currency_is_fixed_by_the_first_cost(marketer: Marketer) -> None:
    made = await marketer.campaign()
    change = {"campaign": {"id": made.id, "currency": "EUR"}, "update_mask": {"paths": ["currency"]}}
    assert (await marketer.do("UpdateCampaign", **change)).budget.currency == "EUR"
    await marketer.spend(made, "5", "A", currency="EUR")
    change["campaign"]["currency"] = "CNY"
    assert (await marketer.refused("UpdateCampaign", **change)).reason == "CURRENCY_IS_FIXED"


async def test_a_campaign_is_never_a_part_of_itself(marketer: Marketer) -> None:
    top = await marketer.campaign()
    middle = await marketer.campaign(parent_id=top.id)
    low = await marketer.campaign(parent_id=middle.id)
    for parent in (top, low):
        change = {"id": top.id, "parent_id": parent.id}
        refused = await marketer.refused("UpdateCampaign", campaign=change, update_mask={"paths": ["parent_id"]})
        assert refused.reason == "CAMPAIGN_CIRCLE"


async def test_two_moves_at_once_cannot_close_a_circle(marketer: Marketer) -> None:
    one, other = await marketer.campaign(), await marketer.campaign()

    async def under(part: Campaign, whole: Campaign) -> str:
        change = {"id": part.id, "parent_id": whole.id}
        try:
            await marketer.do("UpdateCampaign", campaign=change, update_mask={"paths": ["parent_id"]})
        except RemoteError as refused:
            return refused.reason
        return "moved"

    outcomes = await asyncio.gather(under(one, other), under(other, one))
    assert sorted(outcomes) == ["CAMPAIGN_CIRCLE", "moved"]


async def test_the_tree_has_ten_levels(marketer: Marketer) -> None:
    parent = await marketer.campaign()
    for _ in range(9):
        parent = await marketer.campaign(parent_id=parent.id)
    refused = await marketer.refused("CreateCampaign", campaign={"name": "deep", "parent_id": parent.id})
    assert refused.reason == "CAMPAIGN_TOO_DEEP"


async def test_only_a_draft_without_costs_and_parts_can_be_removed(marketer: Marketer) -> None:
    top = await marketer.campaign()
    part = await marketer.campaign(parent_id=top.id)
    assert (await marketer.refused("DeleteCampaign", id=top.id)).reason == "CAMPAIGN_HAS_PARTS"
    await marketer.do("DeleteCampaign", id=part.id)
    await marketer.spend(top, "1", "A")
    assert (await marketer.refused("DeleteCampaign", id=top.id)).reason == "CAMPAIGN_HAS_COSTS"
    planned = await marketer.do("PlanCampaign", id=(await marketer.campaign()).id)
    assert (await marketer.refused("DeleteCampaign", id=planned.id)).reason == "CAMPAIGN_STATE_FORBIDS"
    assert (await marketer.refused("GetCampaign", id=part.id)).reason == "NOT_FOUND"


async def test_campaigns_are_found_by_words_of_both_languages_and_by_filter(marketer: Marketer) -> None:
    await marketer.campaign(name="Autumn webinar", kind="webinar")
    await marketer.campaign()
    for query in ({"search": "webin"}, {"filter": 'kind = "webinar" AND budget > 1000'}):
        page = await marketer.do("ListCampaigns", **query)
        assert [one.name for one in page.campaigns] == ["Autumn webinar"]
    page = await marketer.do("ListCampaigns", search="进博", count=2)
    assert page.total_size == 1


async def test_a_campaign_of_another_unit_looks_absent_in_every_way(marketer: Marketer) -> None:
    made = await marketer.as_(somebody(unit_path="/hq/east/")).campaign()
    stranger = marketer.as_(somebody(unit_path="/hq/west/", scope=Scope.SUBTREE))
    for name in ("GetCampaign", "GetCampaignResults", "PlanCampaign", "DeleteCampaign"):
        assert (await stranger.refused(name, id=made.id)).reason == "NOT_FOUND"
    assert (await stranger.refused("ListCampaignCosts", campaign_id=made.id)).reason == "NOT_FOUND"
    assert (await stranger.refused_spending(made, "1", "A")).reason == "NOT_FOUND"
    assert (await stranger.do("ListCampaigns", count=2)).total_size == 0
    assert (await stranger.refused("CreateCampaign", campaign={"name": "x", "parent_id": made.id})).reason == (
        "INVALID_ARGUMENT"
    )
    colleague = marketer.as_(somebody(unit_path="/hq/east/", scope=Scope.OWN))
    assert (await colleague.refused("GetCampaign", id=made.id)).reason == "NOT_FOUND"
    boss = marketer.as_(somebody(unit_path="/hq/", scope=Scope.SUBTREE))
    assert (await boss.do("GetCampaign", id=made.id)).id == made.id


async def test_without_the_permission_nothing_is_done(marketer: Marketer) -> None:
    made = await marketer.campaign()
    reader = marketer.as_(somebody(permissions=("marketing.campaign.get", "marketing.campaign.list")))
    assert (await reader.do("GetCampaign", id=made.id)).id == made.id
    for name in ("PlanCampaign", "GetCampaignResults"):
        assert (await reader.refused(name, id=made.id)).reason == "PERMISSION_DENIED"
    assert (await reader.refused_spending(made, "1", "A")).reason == "PERMISSION_DENIED"

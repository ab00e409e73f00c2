"""Deals through the RPCs: stages, gates, history, closing and what is announced."""

from uuid import uuid4

from crm.sales.v1 import sales_events_pb2 as events
from crm.sales.v1.opportunity_pb2 import Opportunity

from crm_kit.principal import Scope
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .seller import Seller, in_days, today


async def test_a_new_deal_is_in_the_first_of_seven_stages_and_announced(seller: Seller) -> None:
    deal = await seller.opportunity(source="referral", information_provider="李工")
    assert (deal.stage, deal.probability, deal.state) == ("first_talk", 10, Opportunity.OPEN)
    assert deal.weighted_amount.amount == "10000"
    assert deal.number.startswith("OP-")
    assert deal.owner_id == seller.who.subject
    assert deal.discovery_date == today().isoformat()
    [created] = await seller.events(events.OpportunityCreated)
    assert created.opportunity == deal
    pipeline = (await seller.do("ListPipelines")).pipelines[0]
    assert [stage.probability for stage in pipeline.stages] == [10, 20, 30, 50, 60, 80, 90, 100, 0]


async def test_moving_through_stages_leaves_a_history(seller: Seller) -> None:
    deal = await seller.opportunity()
    await seller.do("MoveOpportunityStage", id=deal.id, stage="proposal", note="方案已讲解")
    moved = await seller.do("MoveOpportunityStage", id=deal.id, stage="negotiation")
    assert (moved.stage, moved.probability) == ("negotiation", 80)
    history = await seller.do("ListStageHistory", opportunity_id=deal.id)
    assert [(stay.from_stage, stay.stage, stay.note) for stay in history.stays] == [
        ("proposal", "negotiation", ""),
        ("first_talk", "proposal", "方案已讲解"),
        ("", "first_talk", ""),
    ]
    assert [stay.HasField("leave_time") for stay in history.stays] == [False, True, True]
    changed = await seller.events(events.OpportunityStageChanged)
    assert [fact.stay.stage for fact in changed] == ["proposal", "negotiation"]


async def test_the_history_is_read_page_by_page(seller: Seller) -> None:
    deal = await seller.opportunity()
    await seller.do("MoveOpportunityStage", id=deal.id, stage="proposal")
    first = await seller.do("ListStageHistory", opportunity_id=deal.id, page_size=1)
    rest = await seller.do("ListStageHistory", opportunity_id=deal.id, page_token=first.next_page_token)
    assert [stay.stage for stay in [*first.stays, *rest.stays]] == ["proposal", "first_talk"]
    assert rest.next_page_token == ""


async def test_a_stage_tells_everything_it_still_needs(seller: Seller) -> None:
    deal = await seller.opportunity(need="", amount=None, expected_close_date="")
    refused = await seller.refused("MoveOpportunityStage", id=deal.id, stage="negotiation")
    assert refused.reason == "STAGE_REQUIREMENTS_UNMET"
    assert "need, amount, expected_close_date" in str(refused)


async def test_going_back_without_a_note_is_refused(seller: Seller) -> None:
    deal = await seller.opportunity(stage="proposal")
    refused = await seller.refused("MoveOpportunityStage", id=deal.id, stage="first_talk")
    assert refused.reason == "BACKWARD_NEEDS_NOTE"


async def test_an_edit_counts_amount_changes_and_pushes_of_the_expected_day(seller: Seller) -> None:
    deal = await seller.opportunity()
    change = {"id": deal.id, "etag": deal.etag, "amount": {"amount": "120000.005", "currency": "CNY"}}
    edited = await seller.do(
        "UpdateOpportunity",
        opportunity={**change, "expected_close_date": in_days(40)},
        update_mask={"paths": ["amount", "expected_close_date"]},
    )
    assert edited.amount.amount == "120000.01"
    assert (edited.amount_change_count, edited.close_date_push_count, edited.close_date_push_days) == (1, 1, 10)
    [amount] = await seller.events(events.OpportunityAmountChanged)
    assert amount.previous_amount.amount == "100000"
    [day] = await seller.events(events.OpportunityCloseDateChanged)
    assert day.previous_close_date == in_days(30)
    assert not await seller.events(events.OpportunityUpdated)


async def test_a_typed_probability_stays_until_it_is_unlocked(seller: Seller) -> None:
    deal = await seller.opportunity()
    typed = {"id": deal.id, "probability": 42}
    locked = await seller.do("UpdateOpportunity", opportunity=typed, update_mask={"paths": ["probability"]})
    assert (locked.probability, locked.probability_locked) == (42, True)
    moved = await seller.do("MoveOpportunityStage", id=deal.id, stage="proposal")
    assert moved.probability == 42
    free = {"id": deal.id, "probability_locked": False}
    freed = await seller.do("UpdateOpportunity", opportunity=free, update_mask={"paths": ["probability_locked"]})
    assert (freed.probability, freed.probability_locked) == (50, False)


async def test_impossible_values_are_refused_by_field(seller: Seller) -> None:
    refused = await seller.refused(
        "CreateOpportunity",
        opportunity={"name": "x", "customer_id": "nobody", "amount": {"amount": "1", "currency": "CNY"}},
    )
    assert "customer_id" in str(refused)
    refused = await seller.refused(
        "CreateOpportunity",
        opportunity={"name": "x", "customer_id": str(uuid4()), "amount": {"amount": "1", "currency": "RMB"}},
    )
    assert "'RMB' is not a currency" in str(refused)


async def test_winning_needs_an_accepted_quote_and_sets_the_closing_facts(seller: Seller) -> None:
    deal = await seller.opportunity(stage="negotiation")
    refused = await seller.refused("WinOpportunity", id=deal.id)
    assert refused.reason == "WIN_NEEDS_EVIDENCE"
    await seller.accepted_quote("98000", opportunity_id=deal.id)
    won = await seller.do("WinOpportunity", id=deal.id, close_date=in_days(5))
    assert (won.state, won.stage, won.probability) == (Opportunity.WON, "won", 100)
    assert (won.close_date, won.last_open_stage, won.amount.amount) == (today().isoformat(), "negotiation", "98000")
    [fact] = await seller.events(events.OpportunityWon)
    assert (fact.opportunity, fact.stay.from_stage) == (won, "negotiation")


async def test_losing_names_reason_and_competitor(seller: Seller) -> None:
    deal = await seller.opportunity()
    rival = await seller.do("CreateCompetitor", competitor={"name": "友商"})
    refused = await seller.refused("LoseOpportunity", id=deal.id, reason="competitor")
    assert "competitor_id" in str(refused)
    refused = await seller.refused("LoseOpportunity", id=deal.id, reason="competitor", competitor_id=str(uuid4()))
    assert refused.reason == "NOT_FOUND"
    lost = await seller.do("LoseOpportunity", id=deal.id, reason="competitor", competitor_id=rival.id)
    assert (lost.state, lost.competitor_id, lost.forecast_category) == (Opportunity.LOST, rival.id, 1)
    assert lost.weighted_amount.amount == "0"


async def test_a_closed_deal_is_frozen_until_it_is_reopened(seller: Seller) -> None:
    deal = await seller.opportunity()
    await seller.do("LoseOpportunity", id=deal.id, reason="price")
    change = {"id": deal.id, "amount": {"amount": "1", "currency": "CNY"}}
    refused = await seller.refused("UpdateOpportunity", opportunity=change, update_mask={"paths": ["amount"]})
    assert refused.reason == "CLOSED_DEAL_FROZEN"
    reopened = await seller.do("ReopenOpportunity", id=deal.id, reason="预算恢复")
    assert (reopened.state, reopened.stage, reopened.reopen_count) == (Opportunity.OPEN, "first_talk", 1)
    [fact] = await seller.events(events.OpportunityReopened)
    assert (fact.was_won, fact.stay.from_stage) == (False, "lost")


async def test_a_stale_etag_changes_nothing(seller: Seller) -> None:
    deal = await seller.opportunity()
    await seller.do("MoveOpportunityStage", id=deal.id, stage="proposal", etag=deal.etag)
    refused = await seller.refused("MoveOpportunityStage", id=deal.id, stage="tender", etag=deal.etag)
    assert refused.reason == "STALE_ETAG"


async def test_a_deal_of_another_unit_looks_absent_everywhere(sales: RunningService) -> None:
    east = Seller(sales, somebody(unit_path="/hq/east/", scope=Scope.SUBTREE))
    west = Seller(sales, somebody(unit_path="/hq/west/", scope=Scope.SUBTREE))
    deal = await east.opportunity()
    for name, fields in (
        ("GetOpportunity", {"id": deal.id}),
        ("MoveOpportunityStage", {"id": deal.id, "stage": "proposal"}),
        ("ListStageHistory", {"opportunity_id": deal.id}),
        ("CreateQuote", {"quote": {"name": "q", "currency": "CNY", "opportunity_id": deal.id}}),
    ):
        assert (await west.refused(name, **fields)).reason == "NOT_FOUND"
    assert (await west.do("ListOpportunities", count=1)).total_size == 0


async def test_deals_are_found_by_filter_and_by_words(seller: Seller) -> None:
    await seller.opportunity(name="华东仓储改造", amount={"amount": "5000", "currency": "CNY"})
    big = await seller.opportunity(name="Warehouse robots", tags=["vip"])
    found = await seller.do("ListOpportunities", filter='amount > 10000 AND stage = "first_talk" AND tags:vip')
    assert [deal.id for deal in found.opportunities] == [big.id]
    assert len((await seller.do("ListOpportunities", search="仓储")).opportunities) == 1
    assert len((await seller.do("ListOpportunities", search="robots")).opportunities) == 1


async def test_custom_fields_gate_a_stage_like_built_in_ones(sales: RunningService, seller: Seller) -> None:
    async with begin(sales.work()) as tx:
        await sales.db.custom_fields.add(tx.session, "opportunity", "budget_holder", "TYPE_TEXT")
    sales.db.custom_fields.forget()
    stages = [
        {"code": "talk", "status": "OPEN"},
        {"code": "offer", "status": "OPEN", "required_fields": ["custom_fields.budget_holder"]},
        {"code": "won", "status": "WON"},
        {"code": "lost", "status": "LOST"},
    ]
    pipeline = await seller.do("CreatePipeline", pipeline={"name": "快速", "stages": stages})
    deal = await seller.opportunity(pipeline_id=pipeline.id)
    refused = await seller.refused("MoveOpportunityStage", id=deal.id, stage="offer")
    assert "custom_fields.budget_holder" in str(refused)
    fill = {"id": deal.id, "custom_fields": {"budget_holder": "王总"}}
    await seller.do("UpdateOpportunity", opportunity=fill, update_mask={"paths": ["custom_fields"]})
    assert (await seller.do("MoveOpportunityStage", id=deal.id, stage="offer")).stage == "offer"

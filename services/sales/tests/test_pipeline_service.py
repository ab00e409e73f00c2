"""Pipelines through the RPCs: versions, the default, and deals that move with their stages."""

from typing import Any

from crm.sales.v1 import sales_events_pb2 as events
from crm.type.v1.event_batch_pb2 import EventBatch
from sqlalchemy import select

from crm_kit.outbox import outbox
from crm_kit.testing.service import RunningService

from .seller import Seller

STAGES: list[dict[str, Any]] = [
    {"code": "talk", "status": "OPEN", "probability": 20, "name_zh": "接洽"},
    {"code": "offer", "status": "OPEN", "probability": 60},
    {"code": "won", "status": "WON", "probability": 100},
    {"code": "lost", "status": "LOST"},
]


async def a_pipeline(seller: Seller, **facts: Any) -> Any:
    return await seller.do("CreatePipeline", pipeline={"name": "快速", "stages": STAGES, **facts})


async def test_replaced_stages_make_a_version_and_move_open_deals_along_the_map(
    sales: RunningService, seller: Seller
) -> None:
    pipeline = await a_pipeline(seller)
    deals = [await seller.opportunity(pipeline_id=pipeline.id, stage="offer") for _ in range(3)]
    locked = await seller.opportunity(pipeline_id=pipeline.id, stage="offer", probability=33)
    rest = [STAGES[0], {"code": "proposal", "status": "OPEN", "probability": 70}, *STAGES[2:]]
    refused = await seller.refused("ReplaceStages", id=pipeline.id, stages=rest)
    assert (refused.reason, "offer (4)" in str(refused)) == ("STAGE_IN_USE", True)
    replaced = await seller.do("ReplaceStages", id=pipeline.id, stages=rest, stage_map={"offer": "proposal"})
    assert replaced.stage_version == 2
    moved = await seller.do("GetOpportunity", id=deals[0].id)
    assert (moved.stage, moved.probability, moved.pipeline_stage_version) == ("proposal", 70, 2)
    assert (await seller.do("GetOpportunity", id=locked.id)).probability == 33
    history = await seller.do("ListStageHistory", opportunity_id=deals[0].id)
    assert [stay.stage for stay in history.stays] == ["proposal", "offer"]
    versions = await seller.do("ListPipelineVersions", pipeline_id=pipeline.id)
    assert [(item.stage_version, item.stages[1].code) for item in versions.versions] == [(2, "proposal"), (1, "offer")]
    assert {item.opportunity.id for item in await batched(sales)} == {deal.id for deal in [*deals, locked]}


async def batched(sales: RunningService) -> list[Any]:
    """Stage changes announced in bulk."""
    statement = select(outbox.c.payload).where(outbox.c.item_ids.is_not(None))
    async with sales.db.connect() as connection:
        payloads = (await connection.execute(statement)).scalars().all()
    items = [item for payload in payloads for item in EventBatch.FromString(payload).items]
    return [events.OpportunityStageChanged.FromString(item.payload) for item in items]


async def test_bulk_moves_keep_the_sequence_of_each_deal(sales: RunningService, seller: Seller) -> None:
    pipeline = await a_pipeline(seller)
    deal = await seller.opportunity(pipeline_id=pipeline.id, stage="offer")
    rest = [STAGES[0], *STAGES[2:]]
    await seller.do("ReplaceStages", id=pipeline.id, stages=rest, stage_map={"offer": "talk"})
    await seller.do("LoseOpportunity", id=deal.id, reason="price")
    [lost] = await sales.announced(events.OpportunityLost)
    assert lost.event_seq == 3


async def test_there_is_always_one_default_pipeline(seller: Seller) -> None:
    made = await a_pipeline(seller, is_default=True)
    found = (await seller.do("ListPipelines")).pipelines
    assert [item.id for item in found if item.is_default] == [made.id]
    off = {"id": made.id, "is_default": False}
    refused = await seller.refused("UpdatePipeline", pipeline=off, update_mask={"paths": ["is_default"]})
    assert refused.reason == "DEFAULT_PIPELINE_NEEDED"
    old = next(item for item in found if item.id != made.id)
    on = {"id": old.id, "is_default": True}
    await seller.do("UpdatePipeline", pipeline=on, update_mask={"paths": ["is_default"]})
    assert not (await seller.do("GetPipeline", id=made.id)).is_default


async def test_a_pipeline_with_open_deals_is_not_removed(seller: Seller) -> None:
    pipeline = await a_pipeline(seller)
    deal = await seller.opportunity(pipeline_id=pipeline.id)
    assert (await seller.refused("DeletePipeline", id=pipeline.id)).reason == "PIPELINE_IN_USE"
    await seller.do("LoseOpportunity", id=deal.id, reason="price")
    await seller.do("DeletePipeline", id=pipeline.id)
    assert (await seller.refused("GetPipeline", id=pipeline.id)).reason == "NOT_FOUND"


async def test_stages_out_of_order_are_refused_with_every_fault(seller: Seller) -> None:
    refused = await seller.refused("CreatePipeline", pipeline={"name": "x", "stages": [STAGES[2], STAGES[0]]})
    assert refused.reason == "INVALID_ARGUMENT"
    assert "Order the stages" in str(refused)
    assert "LOST" in str(refused)


async def test_a_deal_moves_into_another_pipeline(seller: Seller) -> None:
    pipeline = await a_pipeline(seller)
    deal = await seller.opportunity(stage="negotiation")
    moved = await seller.do("MoveOpportunityStage", id=deal.id, stage="talk", pipeline_id=pipeline.id)
    assert (moved.pipeline_id, moved.stage, moved.probability) == (pipeline.id, "talk", 20)
    history = await seller.do("ListStageHistory", opportunity_id=deal.id)
    assert [stay.pipeline_id for stay in history.stays] == [pipeline.id, deal.pipeline_id]


async def test_a_policy_of_its_own_lets_the_owner_win(seller: Seller) -> None:
    pipeline = await a_pipeline(seller, win_policy="OWNER_DECIDES")
    deal = await seller.opportunity(pipeline_id=pipeline.id)
    assert (await seller.do("WinOpportunity", id=deal.id)).stage == "won"

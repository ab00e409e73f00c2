"""Move an open deal to another open stage."""

from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.opportunity import Opportunity
from crm_sales.usecases.stage_history import begin_stay


async def move_opportunity(
    tx: Tx, deal_id: str, stage: str, *, pipeline_id: UUID | None = None, note: str = "", etag: str = ""
) -> Opportunity:
    """Forward within the stage's requirements, back with a note, or into another pipeline."""
    deal = await tx.load(Opportunity, deal_id, etag=etag)
    pipeline = await queries.pipeline_of(tx, pipeline_id or deal.pipeline_id)
    left = (deal.pipeline_id, deal.stage)
    deal.move(pipeline.stage(stage), pipeline, note.strip(), tx.now)
    fact = events.OpportunityStageChanged()
    tx.publish(deal, fact)
    fact.stay.CopyFrom(begin_stay(tx, deal, left))
    return deal

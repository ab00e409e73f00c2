"""Replace the stages of a pipeline and move its open deals along, all in one step."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events
from sqlalchemy import Table, case, insert, update

from crm_kit.access import unscoped
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx
from crm_sales import mappings, queries
from crm_sales.domain.opportunity import GATE_FIELDS, Opportunity
from crm_sales.domain.pipeline import Pipeline
from crm_sales.domain.stage_stay import stage_stay
from crm_sales.domain.stages import Stage, Status, refuse_bad_stages
from crm_sales.usecases.keep_pipeline import keep_version

WHOLE_PIPELINE = unscoped("a pipeline's stages change for all its deals")
NOTE = "阶段调整 / stages replaced"


async def replace_stages(
    tx: Tx, pipeline_id: str, stages: list[dict[str, Any]], moves: dict[str, str], *, etag: str = ""
) -> Pipeline:
    """Make the next version; every open deal of a stage that goes away enters the one it is mapped to."""
    refuse_bad_stages(stages, GATE_FIELDS)
    pipeline = await tx.load(Pipeline, pipeline_id, etag=etag)
    in_use = await queries.open_deals_by_stage(tx, pipeline.id)
    pipeline.replace_stages(stages, moves, in_use)
    await keep_version(tx, pipeline)
    tx.publish(pipeline, events.PipelineChanged())
    # An open stage that stays keeps its deals, whatever the map says.
    kept = {stage.code for stage in pipeline.ordered if stage.status is Status.OPEN}
    for code in sorted(in_use.keys() - kept):
        await _move_all(tx, pipeline, code, pipeline.stage(moves[code]))
    return pipeline


async def _move_all(tx: Tx, pipeline: Pipeline, code: str, stage: Stage) -> None:
    deal = cast("Table", Opportunity.__table__)
    here = (deal.c.pipeline_id == pipeline.id) & (deal.c.stage == code) & (deal.c.state == Status.OPEN)
    rot_time = tx.now + timedelta(days=stage.rot_days) if stage.rot_days else None
    moved = (
        await tx.session.execute(
            update(deal)
            .where(here)
            .values(
                stage=stage.code,
                stage_note=NOTE,
                stage_enter_time=tx.now,
                pipeline_stage_version=pipeline.stage_version,
                probability=case((deal.c.probability_locked, deal.c.probability), else_=stage.probability),
                forecast_category=stage.forecast_category.value,
                rot_time=rot_time,
                version=deal.c.version + 1,
                # A deal that waits for its conversion is unknown outside: it announces nothing yet.
                event_seq=deal.c.event_seq + case((deal.c.pending_operation_id.is_(None), 1), else_=0),
                update_time=tx.now,
            )
            .returning(*mappings.opportunity.columns),
            execution_options=WHOLE_PIPELINE,
        )
    ).all()
    stays = await _begin_stays(tx, pipeline.id, code, moved)
    write = mappings.opportunity.page(())[1]
    items = [
        BatchItem(
            row.id,
            row.event_seq,
            events.OpportunityStageChanged(opportunity=write(row), stay=mappings.stage_stay(stays[row.id], tx.now)),
            row.unit_path,
        )
        for row in moved
        if row.pending_operation_id is None
    ]
    if items:
        await tx.publish_many("opportunity", items)


async def _begin_stays(tx: Tx, pipeline_id: UUID, code: str, moved: Any) -> dict[UUID, dict[str, Any]]:
    ids = [row.id for row in moved]
    present = stage_stay.c.opportunity_id.in_(ids) & stage_stay.c.leave_time.is_(None)
    await tx.session.execute(update(stage_stay).where(present).values(leave_time=tx.now))
    rows = [
        {
            "id": tx.new_id(),
            "opportunity_id": row.id,
            "from_pipeline_id": pipeline_id,
            "from_stage": code,
            "pipeline_id": pipeline_id,
            "stage": row.stage,
            "enter_time": tx.now,
            "leave_time": None,
            "amount": row.amount,
            "amount_currency": row.amount_currency,
            "probability": row.probability,
            "expected_close_date": row.expected_close_date,
            "actor_id": tx.principal.actor,
            "note": NOTE,
        }
        for row in moved
    ]
    if rows:
        await tx.session.execute(insert(stage_stay), rows)
    return {row["opportunity_id"]: row for row in rows}

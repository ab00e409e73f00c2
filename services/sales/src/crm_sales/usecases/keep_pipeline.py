"""Make and change pipelines; there is always exactly one default."""

from typing import Any

from crm.sales.v1 import sales_events_pb2 as events
from sqlalchemy import insert

from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.opportunity import GATE_FIELDS
from crm_sales.domain.pipeline import DefaultPipelineNeeded, Pipeline, PipelineInUse, pipeline_version
from crm_sales.domain.stages import refuse_bad_stages
from crm_sales.mappings import pipelines


async def add_pipeline(tx: Tx, pipeline: Pipeline) -> Pipeline:
    """Keep a new pipeline; the first one is the default."""
    refuse_bad_stages(pipeline.stages, GATE_FIELDS)
    present = await queries.default_pipeline(tx)
    pipeline.is_default = pipeline.is_default or present is None
    if pipeline.is_default:
        await _step_down(tx, present)
    tx.add(pipeline)
    tx.publish(pipeline, events.PipelineChanged())
    await keep_version(tx, pipeline)
    return pipeline


async def edit_pipeline(tx: Tx, pipeline: Pipeline, values: dict[str, Any]) -> Pipeline:
    """Change name, policy or default; the default gives way only to another one."""
    if values.get("win_policy") == "":
        values["win_policy"] = "QUOTE_OR_CONTRACT"
    if values.get("is_default") is False and pipeline.is_default:
        raise DefaultPipelineNeeded(name=pipeline.name)
    if values.get("is_default") and not pipeline.is_default:
        await _step_down(tx, await queries.default_pipeline(tx))
    if pipelines.apply(pipeline, values):
        tx.publish(pipeline, events.PipelineChanged())
    return pipeline


async def remove_pipeline(tx: Tx, pipeline: Pipeline) -> None:
    """Only one that is not the default and has no open deals."""
    if pipeline.is_default:
        raise DefaultPipelineNeeded(name=pipeline.name)
    deals = sum((await queries.open_deals_by_stage(tx, pipeline.id)).values())
    if deals:
        raise PipelineInUse(name=pipeline.name, deals=deals)
    pipeline.delete_time = tx.now


async def keep_version(tx: Tx, pipeline: Pipeline) -> None:
    """Keep the stages as they are now: closed deals refer to the version they were closed under."""
    await tx.session.execute(
        insert(pipeline_version).values(
            id=tx.new_id(),
            pipeline_id=pipeline.id,
            stage_version=pipeline.stage_version,
            stages=pipeline.stages,
            create_time=tx.now,
        )
    )


async def _step_down(tx: Tx, present: Pipeline | None) -> None:
    if present is not None:
        present.is_default = False
        tx.publish(present, events.PipelineChanged())
        # Before the new default is written: there may not be two for an instant.
        await tx.session.flush()

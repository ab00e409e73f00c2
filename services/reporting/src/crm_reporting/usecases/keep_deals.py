"""Keep what is known of deals: how each stands, every way it stood, and the sums of the open ones.

The history of a deal arrives in order and without gaps, so the difference an event makes is what it says less what was
known before.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from crm.sales.v1.opportunity_pb2 import Opportunity
from crm.sales.v1.pipeline_pb2 import ForecastCategory, Stage
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from crm_kit.consumer import Received
from crm_kit.tx import Tx
from crm_reporting.domain.deal_facts import STANDING, opportunity_fact, opportunity_version, pipeline_rollup, stage_dim
from crm_reporting.usecases.write_facts import (
    Row,
    amount_of,
    append,
    as_json,
    day_of,
    keep,
    recordset,
    time_of,
    uuid_of,
)

ROLLED = ("unit_path", "owner_id", "pipeline_id", "stage", "currency")
ZERO = Decimal(0)


async def keep_deals(tx: Tx, events: Sequence[Received[Any]]) -> None:
    rows = [_row(event, event.message.opportunity) for event in events]
    known = select(opportunity_fact).where(opportunity_fact.c.id.in_([row["id"] for row in rows]))
    before = {row["id"]: row for row in (await tx.session.execute(known)).mappings()}
    moved = [row for row in rows if _stands_otherwise(row, before.get(row["id"]))]
    for row in rows:
        earlier = before.get(row["id"])
        if earlier is not None:
            # Clocks of two processes may differ; a deal's own history never runs backwards.
            since = max(row["stand_time"], earlier["stand_time"])
            row["stand_time"] = since if _stands_otherwise(row, earlier) else earlier["stand_time"]
    await keep(tx, opportunity_fact, rows)
    await _remember(tx, moved, before)
    await _roll_up(tx, moved, before)


async def keep_stages(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Names and order of the stages of pipelines."""
    await keep(
        tx,
        stage_dim,
        [
            {
                "pipeline_id": event.aggregate_id,
                "code": stage.code,
                "event_seq": event.event_seq,
                "pipeline_name": event.message.pipeline.name,
                "name_en": stage.name_en,
                "name_zh": stage.name_zh,
                "position": position,
                "status": Stage.Status.Name(stage.status),
                "probability": stage.probability,
            }
            for event in events
            for position, stage in enumerate(event.message.pipeline.stages, 1)
        ],
    )


def _row(event: Received[Any], deal: Opportunity) -> Row:
    amount, currency = amount_of(deal, "amount")
    return {
        "id": event.aggregate_id,
        "event_seq": event.event_seq,
        "owner_id": uuid_of(deal.owner_id),
        "unit_path": deal.unit_path,
        "number": deal.number,
        "state": Opportunity.State.Name(deal.state),
        "pipeline_id": uuid_of(deal.pipeline_id),
        "stage": deal.stage,
        "amount": amount,
        "currency": currency,
        "weighted": amount_of(deal, "weighted_amount")[0],
        "expected_close_date": day_of(deal.expected_close_date),
        "probability": deal.probability,
        "forecast_category": ForecastCategory.Name(deal.forecast_category),
        "close_date": day_of(deal.close_date),
        "last_open_stage": deal.last_open_stage,
        "loss_reason": deal.loss_reason,
        "competitor_id": uuid_of(deal.competitor_id),
        "source": deal.source,
        "campaign_id": uuid_of(deal.campaign_id),
        "customer_id": uuid_of(deal.customer_id),
        "lead_id": uuid_of(deal.lead_id),
        "reopen_count": deal.reopen_count,
        "create_time": time_of(deal, "create_time") or event.occur_time,
        "stand_time": event.occur_time,
    }


def _stands_otherwise(row: Row, earlier: Any | None) -> bool:
    return earlier is None or any(row[name] != earlier[name] for name in STANDING)


async def _remember(tx: Tx, moved: Sequence[Row], before: Mapping[UUID, Any]) -> None:
    """End the version that held until now and begin the next."""
    versions = [
        {name: row[name] for name in STANDING}
        | {
            "opportunity_id": row["id"],
            "event_seq": row["event_seq"],
            "valid_from": row["stand_time"],
            "first": row["id"] not in before,
        }
        for row in moved
    ]
    if versions:
        await tx.session.execute(_end_versions(), {"rows": as_json(versions)})
        await append(tx, opportunity_version, versions)


@cache
def _end_versions() -> Any:
    version, new = opportunity_version, recordset(opportunity_version, "opportunity_id", "event_seq", "valid_from")
    return (
        update(version)
        .where(version.c.opportunity_id == new.c.opportunity_id, version.c.valid_to.is_(None))
        .values(valid_to=new.c.valid_from, next_seq=new.c.event_seq)
    )


async def _roll_up(tx: Tx, moved: Sequence[Row], before: Mapping[UUID, Any]) -> None:
    """Take the deal out of the sums it was in and add it to those it is in now."""
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, ZERO, ZERO])
    for row in moved:
        for sign, standing in ((-1, before.get(row["id"])), (1, row)):
            if standing is None or standing["state"] != "OPEN":
                continue
            change = sums[tuple(standing[name] for name in ROLLED)]
            change[0] += sign
            change[1] += sign * (standing["amount"] or ZERO)
            change[2] += sign * (standing["weighted"] or ZERO)
    changes = [
        dict(zip(ROLLED, key, strict=True)) | {"deal_count": count, "amount": amount, "weighted": weighted}
        for key, (count, amount, weighted) in sums.items()
        if count or amount or weighted
    ]
    if changes:
        await tx.session.execute(_add_up(), {"rows": as_json(changes)})


@cache
def _add_up() -> Any:
    rollup = pipeline_rollup
    statement = insert(rollup).from_select([c.name for c in rollup.c], recordset(rollup).select())
    added = {name: rollup.c[name] + statement.excluded[name] for name in ("deal_count", "amount", "weighted")}
    return statement.on_conflict_do_update(index_elements=list(ROLLED), set_=added)

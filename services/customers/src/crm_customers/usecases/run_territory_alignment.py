"""Alignment: all customers are compared with the rules of a model, in pieces; a run moves them, a preview counts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, any_, bindparam, false, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from crm_customers.domain.customer import Customer
from crm_customers.domain.territories import Plan, known_territories
from crm_customers.domain.territory_alignment import (
    DONE,
    FAILED,
    PREVIEW,
    QUEUED,
    RUN,
    RUNNING,
    TerritoryAlignment,
    part_of,
)
from crm_customers.usecases.align_customers import align, locked_after, plan_of
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from crm_kit.jobs import chunk, enqueue
from crm_kit.ownership import Piece
from crm_kit.principal import Scope, system
from crm_kit.restrictions import touches
from crm_kit.tx import Tx

JOB = "territory.alignment"
_ALL = unscoped("counts concern all customers, which whoever asked may see")


class NoModelInForce(FailedPrecondition):
    """There is nothing to go by."""

    en = "No model of territories is in force. Activate one first; a preview needs none."
    zh = "没有生效的区域模型，请先启用；预览不需要启用。"


async def create_alignment(tx: Tx, alignment: TerritoryAlignment) -> TerritoryAlignment:
    """A preview of any model that is known, or a run of the one in force. Its counts are of all customers, so that whoever does
    not see all of them may not ask.
    """
    if tx.call.scope is not Scope.ALL or touches(tx.principal, "customers.customer"):
        raise PermissionDenied(permission=f"{tx.call.permission} (all)")
    in_force = await known_territories.model_in_force(tx)
    if alignment.kind == RUN:
        if in_force is None:
            raise NoModelInForce
        alignment.territory_model_id = in_force
    elif not await known_territories.of_model(tx, alignment.territory_model_id):
        en = "There is no such model, or it has no territory yet. One just made is known within seconds."
        zh = "没有该区域模型，或其中尚无区域。刚创建的模型数秒后可用。"
        raise InvalidArgument.of("territory_model_id", "NOT_FOUND", en, zh)
    return await _queue(tx, alignment)


async def queue_run(tx: Tx) -> None:
    """All customers are put where the model in force says, soon; one that waits is enough, and does what holds now."""
    waiting = select(TerritoryAlignment).where(TerritoryAlignment.kind == RUN, TerritoryAlignment.state == QUEUED)
    found = (await tx.session.execute(waiting.limit(1).execution_options(**_ALL))).scalar_one_or_none()
    model_id = await known_territories.model_in_force(tx)
    if found is None:
        await _queue(tx, TerritoryAlignment(kind=RUN, territory_model_id=model_id))
    elif found.territory_model_id != model_id:
        found.territory_model_id = model_id


async def run_alignment(call: Call, alignment_id: UUID) -> None:
    """Go on where the pass stood, until every customer was looked at."""
    piece, left = Piece(), True
    while left:
        with piece.measured():
            async with chunk(call) as tx:
                left = await _do_piece(tx, alignment_id, piece.size)


async def fail_alignment(tx: Tx, alignment_id: UUID, error: str) -> None:
    """It was given up."""
    try:
        alignment = await tx.load(TerritoryAlignment, alignment_id)
    except NotFound:
        return
    alignment.end(FAILED, tx.now, error.partition(":")[0])


async def _queue(tx: Tx, alignment: TerritoryAlignment) -> TerritoryAlignment:
    alignment.id = tx.new_id()
    tx.add(alignment)
    await enqueue(tx.session, JOB, alignment.id, system("job", JOB))
    return alignment


async def _do_piece(tx: Tx, alignment_id: UUID, most: int) -> bool:
    """Look at the next customers; answers whether there may be more."""
    alignment = await tx.load(TerritoryAlignment, alignment_id)
    if alignment.state not in {QUEUED, RUNNING}:
        return False
    ids = await locked_after(tx, alignment.after_customer_id, most, lock=alignment.moves)
    if alignment.moves:
        alignment.territory_model_id = await known_territories.model_in_force(tx)
    plan = await plan_of(tx, alignment.territory_model_id)
    if alignment.state == QUEUED or alignment.plan_digest != plan.digest:
        faults = [part_of(one.code, one.name, one.fault) for one in plan.territories if one.fault]
        alignment.begin(plan.digest, faults)
        return True
    if not ids:
        alignment.end(DONE, tx.now)
        return False
    counts, sample = await _compare(tx, plan, ids, alignment.room if alignment.kind == PREVIEW else 0)
    if alignment.moves:
        await align(tx, plan, ids)
    alignment.count(ids[-1], len(ids), counts, sample)
    return True


async def _compare(
    tx: Tx, plan: Plan, ids: Sequence[UUID], room: int
) -> tuple[Sequence[Row[Any]], list[dict[str, Any]]]:
    """What the plan means for these customers by code of territory, and some that move."""
    columns, known = Customer.__table__.c, known_territories.territory.c
    held = select(func.array_agg(known.code)).where(known.id == any_(columns.territory_ids)).scalar_subquery()
    looked = (
        select(columns.id, plan.codes.label("planned"), held.label("held"))
        .where(columns.id == any_(bindparam("ids", list(ids), ARRAY(Uuid()))))
        .cte("looked")
    )
    either = union_all(
        select(
            looked.c.id, func.unnest(looked.c.planned).label("code"), true().label("is_in"), false().label("was_in")
        ),
        select(looked.c.id, func.unnest(looked.c.held), false(), true()),
    ).subquery("either")
    each = (
        select(
            either.c.id,
            either.c.code,
            func.bool_or(either.c.is_in).label("is_in"),
            func.bool_or(either.c.was_in).label("was_in"),
        )
        .group_by(either.c.id, either.c.code)
        .cte("each")
    )
    name = select(func.max(known.name)).where(known.code == each.c.code).scalar_subquery()
    stays = and_(each.c.is_in, each.c.was_in)
    counted = select(
        each.c.code,
        name.label("name"),
        func.count().filter(each.c.is_in, ~each.c.was_in).label("moved_in"),
        func.count().filter(~each.c.is_in, each.c.was_in).label("moved_out"),
        func.count().filter(stays).label("unchanged"),
    ).group_by(each.c.code)
    counts = (await tx.session.execute(counted.execution_options(**_ALL))).all()
    if not room:
        return counts, []
    moving = select(each.c.id, each.c.code, each.c.is_in).where(each.c.is_in != each.c.was_in)
    some = moving.order_by(each.c.id, each.c.code).limit(literal(room))
    rows = (await tx.session.execute(some.execution_options(**_ALL))).all()
    return counts, [{"customer_id": str(row.id), "territory_code": row.code, "moved_in": row.is_in} for row in rows]

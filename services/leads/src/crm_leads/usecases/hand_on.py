"""A person leaves or changes posts: their open leads go to a colleague, the ledger says so, and every clock starts again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events
from sqlalchemy import Integer, case, cast, delete, exists, func, insert, literal, null, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from crm_kit.access import subtree, unscoped
from crm_kit.handover import Handover, Transferable
from crm_kit.ownership import Span
from crm_kit.timers import timer
from crm_kit.tx import Tx
from crm_leads.domain.decision import submission
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import OWNED
from crm_leads.domain.pool import Pool, ownership
from crm_leads.usecases.hand_over import OFFER, RECYCLE


def _assigned(_lead: Any, handover: Handover) -> events.LeadAssigned:
    return events.LeadAssigned(reason=handover.reason)


async def _hold_anew(tx: Tx, handover: Handover, lead_ids: Sequence[UUID]) -> None:
    """One holding ends, the next begins; protection and recycling count from now on."""
    held, lead = ownership.c, Lead.__table__.c
    ending = update(ownership).where(
        held.lead_id.in_(lead_ids), held.user_id == handover.from_user_id, held.end_time.is_(None)
    )
    await tx.session.execute(ending.values(end_time=tx.now, end_why="handed over"))
    begun = {
        "id": func.uuidv7(),
        "lead_id": lead.id,
        "user_id": literal(handover.to_user_id),
        "unit_path": lead.unit_path,
        "pool_id": lead.pool_id,
        "why": literal("assign"),
        "by": literal(tx.principal.actor),
        "start_time": literal(tx.now),
    }
    beginning = insert(ownership).from_select(list(begun), select(*begun.values()).where(lead.id.in_(lead_ids)))
    await tx.session.execute(beginning.execution_options(**_WHY))
    due = (await tx.session.execute(_protected(lead_ids, tx.now).execution_options(**_WHY))).all()
    await tx.schedule_many(RECYCLE, [(row.id, row.recycle_due_time) for row in due if row.recycle_due_time])


def _protected(lead_ids: Sequence[UUID], now: datetime) -> Any:
    """As Pool.protect says of one lead that is owned from now on."""
    leads, same, pool = Lead.__table__.c, aliased(Lead.__table__, name="same"), Pool.__table__.c
    protect = func.least(pool.protect_days, func.coalesce(func.nullif(pool.max_protect_days, 0), pool.protect_days))
    of_pool = (
        select(
            same.c.id,
            pool.id.label("pool_id"),
            pool.recycle_days,
            protect.label("protect_days"),
            func.greatest(pool.recycle_days, protect).label("hold_days"),
        )
        .select_from(same.outerjoin(Pool.__table__, pool.id == same.c.pool_id))
        .where(same.c.id.in_(lead_ids))
        .subquery()
    )

    def after(days: Any) -> Any:
        return literal(now) + func.make_interval(0, 0, 0, cast(days, Integer))

    poolless = of_pool.c.pool_id.is_(None)
    recycled = case(
        (poolless, leads.recycle_due_time), (of_pool.c.recycle_days == 0, null()), else_=after(of_pool.c.hold_days)
    )
    return (
        update(Lead.__table__)  # type: ignore[arg-type]
        .where(leads.id == of_pool.c.id)
        .values(
            own_time=now,
            protect_until_time=case((poolless, leads.protect_until_time), else_=after(of_pool.c.protect_days)),
            recycle_due_time=recycled,
        )
        .returning(leads.id, leads.recycle_due_time)
    )


async def move_submissions(tx: Tx, span: Span) -> int:
    """What was sent in twice is known by unit; where both places know a key, the newer place is right."""
    newer = aliased(submission, name="newer")
    path = literal(span.path) + func.substr(submission.c.unit_path, len(span.former_path) + 1)
    inside = subtree(span.former_path, submission.c.unit_path)
    known = exists().where(newer.c.key == submission.c.key, newer.c.unit_path == path)
    await tx.session.execute(delete(submission).where(inside, known))
    moved = await tx.session.execute(update(submission).where(inside).values(unit_path=path))
    return int(moved.rowcount)  # type: ignore[attr-defined]


async def move_refusals(tx: Tx, span: Span) -> int:
    """A unit that refused a lead on offer is not asked again because it moved."""
    lead, cut = Lead.__table__.c, len(span.former_path) + 1
    each = func.unnest(lead.refused_paths).table_valued("path", with_ordinality="place", name="each").render_derived()
    inside = func.starts_with(each.c.path, span.former_path)
    now = case((inside, literal(span.path) + func.substr(each.c.path, cut)), else_=each.c.path)
    paths = select(func.array_agg(aggregate_order_by(now, each.c.place))).correlate(Lead.__table__)
    # Refusals are forgotten with the offer, and every offer has its timer: what is on offer is found by it.
    offered = select(timer.c.subject_id).where(timer.c.kind == OFFER, timer.c.state == "pending")
    moved = await tx.session.execute(
        update(Lead.__table__)  # type: ignore[arg-type]
        .where(lead.id.in_(offered), select(each.c.path).where(inside).correlate(Lead.__table__).exists())
        .values(refused_paths=paths.scalar_subquery(), version=lead.version + 1, update_time=tx.now)
        .execution_options(**_WHY)
    )
    return int(moved.rowcount)  # type: ignore[attr-defined]


TRANSFERABLE = (Transferable(Lead, Lead.__table__.c.state.in_(sorted(OWNED)), _assigned, _hold_anew),)
_WHY = unscoped("the kit's hand-over and moves act for the house, and choose the leads")

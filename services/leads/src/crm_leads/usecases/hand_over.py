"""A lead changes hands: the ledger closes one holding, opens the next, and the clocks start again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, update

from crm_kit.tx import Tx
from crm_leads.domain.lead import Lead
from crm_leads.domain.pool import Pool, ownership

RECYCLE = "lead.recycle"
OFFER = "lead.offer"


async def hand_over(tx: Tx, lead: Lead, user_id: UUID, pool: Pool | None) -> None:
    """A person gets the lead from a manager; whoever had it holds it no longer."""
    previous = lead.assign(user_id, tx.now)
    if previous is not None:
        await end_holding(tx, lead, previous, "reassigned")
    if pool is not None:
        pool.protect(lead)
    await begin_holdings(tx, [lead], why="assign")


async def begin_holdings(tx: Tx, leads: Sequence[Lead], *, why: str) -> None:
    """Note the owners of leads that have just got one, and when each lead returns if nothing happens."""
    owned = [lead for lead in leads if lead.owner_id is not None]
    if not owned:
        return
    rows = [
        {
            "id": tx.new_id(),
            "lead_id": lead.id,
            "user_id": lead.owner_id,
            "unit_path": lead.unit_path,
            "pool_id": lead.pool_id,
            "why": why,
            "by": tx.principal.actor,
            "start_time": tx.now,
        }
        for lead in owned
    ]
    await tx.session.execute(insert(ownership), rows)
    await tx.schedule_many(RECYCLE, [(one.id, one.recycle_due_time) for one in owned if one.recycle_due_time])


async def end_holding(tx: Tx, lead: Lead, user_id: UUID, why: str) -> None:
    """Note that the person no longer holds the lead."""
    held = (ownership.c.lead_id == lead.id) & (ownership.c.user_id == user_id) & ownership.c.end_time.is_(None)
    await tx.session.execute(update(ownership).where(held).values(end_time=tx.now, end_why=why))
    await tx.cancel_timer(RECYCLE, lead.id)


async def renew_protection(tx: Tx, lead: Lead, pool: Pool | None) -> None:
    """Protection and recycling follow from the claim and the last touch; the timer follows the date."""
    if pool is None:
        return
    pool.protect(lead)
    if lead.recycle_due_time is not None:
        await tx.schedule(RECYCLE, lead.id, lead.recycle_due_time)
    else:
        await tx.cancel_timer(RECYCLE, lead.id)

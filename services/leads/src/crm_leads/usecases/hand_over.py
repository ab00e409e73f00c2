"""A lead changes hands: the ledger closes one holding, opens the next, and the clocks start again."""

from uuid import UUID

from crm_kit.tx import Tx
from sqlalchemy import insert, update

from crm_leads.domain.lead import Lead
from crm_leads.domain.pool import Pool, ownership

RECYCLE = "lead.recycle"


async def hand_over(tx: Tx, lead: Lead, user_id: UUID, pool: Pool | None, *, why: str) -> None:
    """A person gets the lead by a rule or a manager."""
    previous = lead.assign(user_id, tx.now)
    if previous is not None:
        await end_holding(tx, lead, previous, "reassigned")
    await begin_holding(tx, lead, pool, why="assign")


async def begin_holding(tx: Tx, lead: Lead, pool: Pool | None, *, why: str) -> None:
    """Note the new owner in the ledger and start protection and recycling."""
    assert lead.owner_id is not None
    await tx.session.execute(
        insert(ownership).values(
            id=tx.new_id(),
            lead_id=lead.id,
            user_id=lead.owner_id,
            unit_path=lead.unit_path,
            pool_id=lead.pool_id,
            why=why,
            by=tx.principal.actor,
            start_time=tx.now,
        )
    )
    await renew_protection(tx, lead, pool)


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

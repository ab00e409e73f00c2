"""Release (退回), recycling and reopening: a lead goes back to its pool and the ledger says why (domain rule 2.8)."""

from datetime import datetime
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.decision import decided, decision
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State
from crm_leads.usecases.hand_over import RECYCLE, end_holding

RECYCLED = (State.ASSIGNED, State.WORKING)
"""A qualified lead is past the point where silence sends it back."""


async def release_lead(tx: Tx, lead_id: str, *, etag: str = "", reason: str = "") -> Lead:
    """The owner gives the lead back."""
    lead = await tx.load(Lead, lead_id, etag=etag)
    previous = lead.release()
    await _gave_up(tx, lead, previous, "released")
    tx.publish(lead, events.LeadReleased(previous_owner_id=str(previous or ""), reason=reason))
    return lead


async def recycle_lead(tx: Tx, lead_id: UUID) -> None:
    """The recycling timer fired: under lock, the date is looked at again, because any touch may have moved it."""
    lead = await tx.load(Lead, lead_id)
    if lead.state not in RECYCLED or lead.recycle_due_time is None:
        return
    if lead.recycle_due_time > tx.now:
        await tx.schedule(RECYCLE, lead.id, lead.recycle_due_time)
        return
    pool = await queries.pool_of(tx, lead)
    looked_at = {
        "own_time": lead.own_time,
        "last_touch_time": lead.last_touch_time,
        "recycle_due_time": lead.recycle_due_time,
        "recycle_days": pool.recycle_days if pool is not None else 0,
    }
    inputs = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in looked_at.items()}
    rule = f"{pool.name}@{pool.version}" if pool is not None else "pool"
    tx.insert(decision, decided(tx.new_id(), lead, "recycling", "pooled", rule, tx.now, inputs=inputs))
    previous = lead.recycle()
    await _gave_up(tx, lead, previous, "recycled")
    tx.publish(lead, events.LeadRecycled(previous_owner_id=str(previous or "")))


async def reopen_lead(tx: Tx, lead_id: str, *, etag: str = "") -> Lead:
    """A closed lead gets another try."""
    lead = await tx.load(Lead, lead_id, etag=etag)
    previous = lead.reopen()
    await _gave_up(tx, lead, previous, "reopened")
    tx.publish(lead, events.LeadReopened())
    return lead


async def _gave_up(tx: Tx, lead: Lead, previous: UUID | None, why: str) -> None:
    if previous is not None:
        await end_holding(tx, lead, previous, why)

"""Qualify and disqualify: the two ways a lead's question is answered."""

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx
from crm_leads.domain.decision import decided, decision
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import DISQUALIFY_REASONS
from crm_leads.usecases.hand_over import RECYCLE, end_holding


async def qualify_lead(tx: Tx, lead_id: str, *, etag: str = "") -> Lead:
    """The need is confirmed; the lead may be converted."""
    lead = await tx.load(Lead, lead_id, etag=etag)
    lead.qualify()
    tx.publish(lead, events.LeadQualified())
    return lead


async def disqualify_lead(tx: Tx, lead_id: str, reason: str, note: str, *, etag: str = "") -> Lead:
    """There is no business; the reason counts when the same party comes again."""
    _check(reason, note)
    lead = await tx.load(Lead, lead_id, etag=etag)
    owner = lead.owner_id
    lead.disqualify(reason, note)
    if owner is not None:
        await end_holding(tx, lead, owner, "disqualified")
    await tx.cancel_timer(RECYCLE, lead.id)
    why = decided(tx.new_id(), lead, "disqualification", reason, tx.principal.actor, tx.now, inputs={"note": note})
    tx.insert(decision, why)
    tx.publish(lead, events.LeadDisqualified())
    return lead


def _check(reason: str, note: str) -> None:
    wrong = []
    if reason not in DISQUALIFY_REASONS:
        allowed = ", ".join(DISQUALIFY_REASONS)
        wrong.append(Violation("reason", "UNKNOWN_REASON", f"Choose one of {allowed}.", f"请选择：{allowed}。"))
    if reason == "other" and not note.strip():
        wrong.append(Violation("note", "REQUIRED", "Say why in a few words.", "请填写原因。"))
    if wrong:
        raise InvalidArgument(wrong)

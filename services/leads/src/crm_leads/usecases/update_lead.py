"""Update: edited facts are checked and weighed like captured ones; an edit is not a touch."""

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.errors import FailedPrecondition
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import OPEN, State
from crm_leads.domain.validation import ValidationPolicy
from crm_leads.usecases.prepare_lead import CONTACT_FIELDS, index_lead, prepare_lead, score_lead


class LeadIsClosed(FailedPrecondition):
    """A closed lead keeps what it said. Facts: id, state."""

    en = "This lead is {state} and can no longer be edited."
    zh = "该线索状态为 {state}，不能再编辑。"


async def update_lead(tx: Tx, lead: Lead, changed: set[str]) -> Lead:
    """Check what the edit touched; ``lead`` already has the new values."""
    if lead.state not in OPEN | {State.REJECTED}:
        raise LeadIsClosed(id=lead.id, state=lead.state)
    if not changed:
        return lead
    touches = (await queries.recent_touches(tx, [lead.id])).get(lead.id, ())
    if changed & CONTACT_FIELDS:
        prepare_lead(lead, tx.now, ValidationPolicy(require_reach=False))
    index_lead(lead)
    score_lead(lead, tx.now, touches)
    tx.publish(lead, events.LeadUpdated())
    return lead

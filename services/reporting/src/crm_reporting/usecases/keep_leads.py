"""Keep what is known of leads: their present state and the first time each reached a stage."""

from collections.abc import Sequence
from typing import Any

from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.leads_events_pb2 import SubmissionAttached

from crm_kit.consumer import Received
from crm_kit.tx import Tx
from crm_reporting.domain.lead_facts import FIRST_TIMES, lead_fact
from crm_reporting.usecases.write_facts import Row, keep, time_of, uuid_of

QUALIFIED = frozenset({Lead.QUALIFIED, Lead.CONVERTING, Lead.CONVERTED})


async def keep_leads(tx: Tx, events: Sequence[Received[Any]]) -> None:
    await keep(tx, lead_fact, [_row(event, event.message.lead) for event in events], earliest=FIRST_TIMES)


def _row(event: Received[Any], lead: Lead) -> Row:
    owned = time_of(lead, "own_time") or event.occur_time
    return {
        "id": event.aggregate_id,
        "event_seq": event.event_seq,
        "owner_id": uuid_of(lead.owner_id),
        "unit_path": lead.unit_path,
        "state": Lead.State.Name(lead.state),
        "state_reason": lead.state_reason,
        "channel": lead.channel,
        "source": lead.source,
        "campaign_id": uuid_of(lead.campaign_id),
        "grade": lead.grade,
        "score": lead.score,
        "attached": isinstance(event.message, SubmissionAttached),
        "capture_time": time_of(lead, "create_time") or event.occur_time,
        "assign_time": owned if lead.owner_id else None,
        "touch_time": time_of(lead, "first_touch_time"),
        "qualify_time": event.occur_time if lead.state in QUALIFIED else None,
        "convert_time": event.occur_time if lead.state == Lead.CONVERTED else None,
        "customer_id": uuid_of(lead.customer_id),
        "opportunity_id": uuid_of(lead.opportunity_id),
    }

"""What this service learns from others: who met a campaign, and what became of its leads and deals.

Two consumers, because the events mean two things. To the touchpoints every event counts, so they are a ledger: none may
be missing, and those of a lead come in its order. To the results an event is the newest state of a lead or deal, so
they are a projection: late ones say nothing new.
"""

from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch
from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.opportunity_pb2 import Opportunity

from crm_kit.consumer import Consumer, Mode, Received
from crm_kit.tx import Tx
from crm_marketing.domain.campaign_facts import INVALID_LEAD_STATES
from crm_marketing.domain.person import Person
from crm_marketing.domain.touchpoint import Touchpoint
from crm_marketing.usecases.follow_merge import follow_merge, follow_unmerge
from crm_marketing.usecases.keep_facts import keep_leads, keep_opportunities
from crm_marketing.usecases.record_touchpoints import record_touchpoints
from crm_marketing.usecases.rekey_leads import Became, rekey_leads

touchpoints = Consumer("marketing-touchpoints", mode=Mode.LEDGER)
results = Consumer("marketing-results", mode=Mode.PROJECTION)

INBOUND_KINDS = {"call": "inbound_call", "chat": "chat", "meeting": "meeting", "visit": "meeting", "other": "other"}
"""What a person's own step towards a seller is to marketing; anything written is a reply."""


@touchpoints.on(leads.LeadCaptured, leads.SubmissionAttached)
async def on_submission(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A submission that names a campaign is a touchpoint of it."""
    await record_touchpoints(
        tx, [_submission(one, one.message.lead, "submission") for one in events if one.message.lead.campaign_id]
    )


@touchpoints.on(leads.LeadMerged, leads.LeadRepeated)
async def on_repeat(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A repeat is a touchpoint of the campaign its interest names, which is the latest one of the lead."""
    made = []
    for one in events:
        lead = one.message.lead
        latest = lead.intents[-1] if lead.intents else None
        campaign_id = latest.campaign_id if latest is not None else lead.campaign_id
        if campaign_id:
            touchpoint = _submission(one, lead, "repeat_submission")
            touchpoint.campaign_id = UUID(campaign_id)
            touchpoint.channel = latest.channel if latest is not None else lead.channel
            made.append(touchpoint)
    await record_touchpoints(tx, made)


@touchpoints.on(leads.LeadTouched)
async def on_touch(tx: Tx, events: Sequence[Received[leads.LeadTouched]]) -> None:
    """A person who calls, writes or meets a seller met us, too; no campaign did that."""
    made = []
    for one in events:
        touch = one.message.touch
        if touch.valid and (touch.direction == "inbound" or touch.kind == "meeting"):
            made.append(_touch(one, one.message.lead, touch))
    await record_touchpoints(tx, made)


@touchpoints.on(leads.LeadConverted)
async def on_conversion(tx: Tx, events: Sequence[Received[leads.LeadConverted]]) -> None:
    """The lead's history here becomes the contact's."""
    converted = [one.message.lead for one in events]
    await rekey_leads(tx, {UUID(lead.id): Became(UUID(lead.customer_id), _id(lead.contact_id)) for lead in converted})


@touchpoints.on(leads.LeadMergedByHand)
async def on_merged(tx: Tx, events: Sequence[Received[leads.LeadMergedByHand]]) -> None:
    """What is kept of a merged lead is the survivor's from now on."""
    for one in events:
        message = one.message
        survivor = Person(
            UUID(message.lead.merged_into_id), _id(message.survivor_contact_id), _id(message.survivor_customer_id)
        )
        await follow_merge(tx, UUID(message.lead_merge_id), UUID(message.lead.id), survivor, one.unit_path)


@touchpoints.on(leads.LeadUnmerged)
async def on_unmerged(tx: Tx, events: Sequence[Received[leads.LeadUnmerged]]) -> None:
    """What followed comes back as it is now."""
    for one in events:
        await follow_unmerge(tx, UUID(one.message.lead_merge_id), UUID(one.message.lead.id), one.unit_path)


@results.on(
    leads.LeadCaptured,
    leads.LeadMerged,
    leads.LeadMergedByHand,
    leads.LeadUnmerged,
    leads.LeadRepeated,
    leads.LeadUpdated,
    leads.LeadOverwritten,
    leads.LeadDisqualified,
    leads.LeadReopened,
    leads.LeadConverted,
)
async def on_lead(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Which leads a campaign brought, and whether they are valid."""
    rows = []
    for one in events:
        lead, state = one.message.lead, Lead.State.Name(one.message.lead.state)
        rows.append(
            {
                "lead_id": UUID(lead.id),
                # A merged lead is its survivor and counts for no campaign of its own.
                "campaign_id": None if lead.state == Lead.MERGED else _id(lead.campaign_id),
                "state": state,
                "valid": state not in INVALID_LEAD_STATES,
            }
        )
    await keep_leads(tx, rows)


@results.on(
    sales.OpportunityCreated,
    sales.OpportunityUpdated,
    sales.OpportunityWon,
    sales.OpportunityLost,
    sales.OpportunityReopened,
)
async def on_opportunity(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Which deals a campaign brought, and what the won ones are worth; a reopened one is worth nothing yet."""
    rows = []
    for one in events:
        deal = one.message.opportunity
        rows.append(
            {
                "opportunity_id": UUID(deal.id),
                "campaign_id": _id(deal.campaign_id),
                "state": Opportunity.State.Name(deal.state),
                "amount": Decimal(deal.amount.amount) if deal.amount.amount else None,
                "currency": deal.amount.currency,
            }
        )
    await keep_opportunities(tx, rows)


def _submission(event: Received[Any], lead: Lead, kind: str) -> Touchpoint:
    return Touchpoint(
        occur_time=event.occur_time,
        lead_id=UUID(lead.id),
        contact_id=_id(lead.contact_id),
        customer_id=_id(lead.customer_id),
        campaign_id=_id(lead.campaign_id),
        kind=kind,
        channel=lead.channel,
        source=lead.source,
        origin_event_id=event.event_id,
        unit_path=lead.unit_path or event.unit_path,
    )


def _touch(event: Received[Any], lead: Lead, touch: Touch) -> Touchpoint:
    return Touchpoint(
        occur_time=touch.occur_time.ToDatetime(tzinfo=UTC),
        lead_id=UUID(lead.id),
        kind=INBOUND_KINDS.get(touch.kind, "reply"),
        channel=touch.kind,
        origin_event_id=event.event_id,
        unit_path=lead.unit_path or event.unit_path,
    )


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None

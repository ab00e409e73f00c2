"""What marketing keeps of leads follows their merge and comes back, in whatever order its events are delivered."""

from uuid import UUID

import pytest
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.marketing.v1 import marketing_events_pb2 as events
from crm.marketing.v1.campaign_member_pb2 import CampaignMember
from google.protobuf.message import Message
from uuid_utils.compat import uuid7

from .marketer import Marketer, a_lead, captured, changed

MERGE = str(uuid7())
Fact = tuple[UUID, int, Message]


def merged(lead: Lead, survivor: Lead, **ids: str) -> Fact:
    gone = changed(lead, state="MERGED", merged_into_id=survivor.id)
    return UUID(lead.id), 2, leads.LeadMergedByHand(lead=gone, lead_merge_id=MERGE, **ids)


def unmerged(lead: Lead, survivor: Lead) -> Fact:
    return UUID(lead.id), 3, leads.LeadUnmerged(lead=lead, lead_merge_id=MERGE, survivor_id=survivor.id)


@pytest.mark.parametrize("seed", range(3))
async def test_touchpoints_and_memberships_are_the_survivors_once(marketer: Marketer, seed: int) -> None:
    shared, own = await marketer.campaign(), await marketer.campaign()
    survivor, lead = a_lead(shared), a_lead(shared)
    await marketer.do("CreateCampaignMember", campaign_member={"campaign_id": own.id, "lead_id": lead.id})
    await marketer.marketing.deliver(captured(survivor))
    await marketer.marketing.deliver(captured(lead), merged(lead, survivor), seed=seed)
    assert len(await marketer.touchpoints(f'lead_id = "{survivor.id}"')) == 2
    for campaign in (shared, own):
        [member] = await marketer.members(campaign)
        assert member.lead_id == survivor.id
    assert (await marketer.results(shared)).leads == 1, "a merged lead is no second one"
    [answer] = await marketer.marketing.messages(events.MergedLeadFollowed)
    assert (answer.lead_merge_id, answer.lead_id) == (MERGE, lead.id)
    assert (answer.touchpoint_count, answer.member_count) == (1, 2)


@pytest.mark.parametrize("seed", range(3))
async def test_all_comes_back_and_what_changed_since_is_counted(marketer: Marketer, seed: int) -> None:
    shared, own = await marketer.campaign(), await marketer.campaign()
    survivor, lead = a_lead(shared), a_lead(shared)
    await marketer.do("CreateCampaignMember", campaign_member={"campaign_id": own.id, "lead_id": lead.id})
    await marketer.marketing.deliver(captured(survivor))
    await marketer.marketing.deliver(captured(lead), merged(lead, survivor), seed=seed)
    [member] = await marketer.members(own)
    await marketer.do("SetCampaignMemberStatus", id=member.id, status="RESPONDED")
    await marketer.marketing.deliver(unmerged(lead, survivor), seed=seed)
    assert len(await marketer.touchpoints(f'lead_id = "{lead.id}"')) == 1
    assert {one.lead_id for one in await marketer.members(shared)} == {lead.id, survivor.id}
    [back] = await marketer.members(own)
    assert (back.lead_id, back.status) == (lead.id, CampaignMember.RESPONDED)
    assert (await marketer.results(shared)).leads == 2
    _, answer = await marketer.marketing.messages(events.MergedLeadFollowed)
    assert (answer.unmerged, answer.member_count, answer.changed_member_count) == (True, 2, 1)


async def test_what_follows_a_converted_lead_is_the_contacts(marketer: Marketer) -> None:
    campaign, ids = (
        await marketer.campaign(),
        {"survivor_customer_id": str(uuid7()), "survivor_contact_id": str(uuid7())},
    )
    survivor, lead = a_lead(), a_lead(campaign)
    await marketer.marketing.deliver(captured(lead), merged(lead, survivor, **ids))
    [touchpoint] = await marketer.touchpoints(f'lead_id = "{survivor.id}"')
    [member] = await marketer.members(campaign)
    for one in (touchpoint, member):
        assert (one.contact_id, one.customer_id) == (ids["survivor_contact_id"], ids["survivor_customer_id"])

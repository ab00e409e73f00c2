"""What leads and deals announce becomes touchpoints, members and results, in whatever order it is delivered."""

from typing import Any
from uuid import UUID

import pytest
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.marketing.v1 import marketing_events_pb2 as events
from crm.marketing.v1.campaign_member_pb2 import CampaignMember
from crm.sales.v1 import sales_events_pb2 as sales
from google.protobuf.message import Message
from sqlalchemy import event
from uuid_utils.compat import uuid7

from crm_kit.intake import Intake
from crm_kit.testing.service import envelope
from crm_marketing import consumers

from .marketer import Marketer, a_deal, a_lead, captured, changed, opened, won

SEEDS = range(5)


def converted(lead: Lead, seq: int, customer_id: UUID, contact_id: UUID | None) -> tuple[UUID, int, Message]:
    became = changed(
        lead, state="CONVERTED", customer_id=str(customer_id), contact_id=str(contact_id) if contact_id else ""
    )
    return UUID(lead.id), seq, leads.LeadConverted(lead=became)


def attached(campaign: Any, customer_id: UUID, contact_id: UUID) -> tuple[UUID, int, Message]:
    ids = {"customer_id": str(customer_id), "contact_id": str(contact_id)}
    lead = a_lead(campaign, state="DUPLICATE_CLOSED", **ids)
    return UUID(lead.id), 1, leads.SubmissionAttached(lead=lead)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_captured_lead_is_one_touchpoint_and_one_member(marketer: Marketer, seed: int) -> None:
    campaign = await marketer.campaign()
    lead, nameless = a_lead(campaign), a_lead()
    await marketer.marketing.deliver(captured(lead), captured(nameless), seed=seed)
    [touchpoint] = await marketer.touchpoints(f'campaign_id = "{campaign.id}"')
    assert (touchpoint.lead_id, touchpoint.kind, touchpoint.counted) == (lead.id, "submission", True)
    assert (touchpoint.channel, touchpoint.source, touchpoint.unit_path) == ("web_form", "exhibition", "/hq/")
    [member] = await marketer.members(campaign)
    assert (member.lead_id, member.status, member.responded) == (lead.id, CampaignMember.RESPONDED, True)
    assert member.first_responded_time == touchpoint.occur_time
    assert not await marketer.touchpoints(f'lead_id = "{nameless.id}"')


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_repeat_counts_for_the_campaign_of_its_own_interest(marketer: Marketer, seed: int) -> None:
    first, second = await marketer.campaign(), await marketer.campaign()
    lead = a_lead(first)
    merged = changed(lead, intents=[{"campaign_id": second.id, "channel": "wechat"}])
    await marketer.marketing.deliver(
        captured(lead),
        (UUID(lead.id), 2, leads.LeadMerged(lead=merged)),
        (UUID(lead.id), 3, leads.LeadRepeated(lead=merged)),
        seed=seed,
    )
    kinds = [(one.kind, one.channel) for one in await marketer.touchpoints(f'campaign_id = "{second.id}"')]
    assert kinds == [("repeat_submission", "wechat")] * 2
    assert len(await marketer.members(first)) == len(await marketer.members(second)) == 1
    assert (await marketer.results(first)).leads == 1
    assert (await marketer.results(second)).leads == 0


@pytest.mark.parametrize("seed", SEEDS)
async def test_two_leads_and_a_submission_of_one_contact_become_one_member(marketer: Marketer, seed: int) -> None:
    campaign, customer_id, contact_id = await marketer.campaign(), uuid7(), uuid7()
    one, other = a_lead(campaign), a_lead(campaign)
    await marketer.marketing.deliver(
        captured(one),
        captured(other),
        attached(campaign, customer_id, contact_id),
        converted(one, 2, customer_id, contact_id),
        converted(other, 2, customer_id, contact_id),
        seed=seed,
    )
    touched = await marketer.touchpoints(f'contact_id = "{contact_id}"')
    assert {one.id, other.id} < {touchpoint.lead_id for touchpoint in touched}
    assert len(touched) == 3
    [member] = await marketer.members(campaign)
    assert (member.contact_id, member.customer_id) == (str(contact_id), str(customer_id))
    assert (member.status, member.lead_id) == (CampaignMember.CONVERTED, min(one.id, other.id))
    assert member.first_responded_time.ToNanoseconds() == min(t.occur_time.ToNanoseconds() for t in touched)


async def test_a_person_customer_without_contact_is_known_as_the_customer(marketer: Marketer) -> None:
    campaign, customer_id = await marketer.campaign(), uuid7()
    lead = a_lead(campaign)
    await marketer.marketing.deliver(captured(lead), converted(lead, 2, customer_id, None))
    [member] = await marketer.members(campaign)
    assert (member.customer_id, member.contact_id, member.lead_id) == (str(customer_id), "", lead.id)


async def test_converting_raises_only_those_who_had_responded(marketer: Marketer) -> None:
    campaign, lead = await marketer.campaign(), a_lead()
    await marketer.do("CreateCampaignMember", campaign_member={"campaign_id": campaign.id, "lead_id": lead.id})
    await marketer.marketing.deliver(captured(lead), converted(lead, 2, uuid7(), uuid7()))
    [member] = await marketer.members(campaign)
    assert member.status == CampaignMember.TARGET


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_a_person_starts_is_a_touchpoint_and_what_we_start_is_not(marketer: Marketer, seed: int) -> None:
    lead = a_lead()
    facts = [
        {"kind": "call", "direction": "inbound", "valid": True},
        {"kind": "call", "direction": "outbound", "valid": True},
        {"kind": "meeting", "direction": "outbound", "valid": True},
        {"kind": "email", "direction": "inbound", "valid": True},
        {"kind": "call", "direction": "inbound", "valid": False},
    ]
    touches = [
        (
            UUID(lead.id),
            seq,
            leads.LeadTouched(lead=lead, touch={**touch, "occur_time": {"seconds": 1_790_000_000 + seq}}),
        )
        for seq, touch in enumerate(facts, start=2)
    ]
    await marketer.marketing.deliver(captured(lead), *touches, seed=seed)
    found = await marketer.touchpoints(f'lead_id = "{lead.id}"')
    assert [one.kind for one in found] == ["inbound_call", "meeting", "reply"]
    assert {one.campaign_id for one in found} == {""}


async def test_an_import_of_400_leads_is_taken_in_a_few_statements(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    batch = [envelope(*captured(a_lead(campaign))) for _ in range(400)]
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    engine = marketer.marketing.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await Intake(consumers.touchpoints, marketer.marketing.db).apply(batch)
    event.remove(engine, "before_cursor_execute", count)
    assert statements < 20
    results = await marketer.results(campaign)
    assert (results.reached, results.responded) == (400, 400)
    await Intake(consumers.touchpoints, marketer.marketing.db).apply(batch)
    assert (await marketer.do("ListTouchpoints", count=2)).total_size == 400


async def test_touchpoints_and_members_are_announced_once_each(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    lead = a_lead(campaign)
    await marketer.marketing.deliver(captured(lead))
    [touchpoint] = await marketer.touchpoints(f'lead_id = "{lead.id}"')
    [recorded] = await marketer.marketing.messages(events.TouchpointRecorded)
    assert recorded.touchpoint == touchpoint
    [raised] = await marketer.marketing.messages(events.CampaignMemberChanged)
    assert [raised.campaign_member] == await marketer.members(campaign)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_newest_state_of_leads_and_deals_makes_the_results(marketer: Marketer, seed: int) -> None:
    campaign, other = await marketer.campaign(), await marketer.campaign()
    good, bad, moved = a_lead(campaign), a_lead(campaign), a_lead(campaign)
    deal, lost, back = a_deal(campaign), a_deal(campaign), a_deal(campaign, amount="700")
    await marketer.marketing.deliver(
        captured(good),
        captured(bad),
        captured(moved),
        (UUID(bad.id), 2, leads.LeadDisqualified(lead=changed(bad, state="DISQUALIFIED"))),
        (UUID(moved.id), 2, leads.LeadUpdated(lead=changed(moved, campaign_id=other.id))),
        opened(deal),
        won(deal),
        opened(lost),
        won(lost),
        (UUID(lost.id), 3, sales.OpportunityReopened(opportunity=lost, was_won=True)),
        (UUID(lost.id), 4, sales.OpportunityLost(opportunity=changed(lost, state="LOST"))),
        opened(back),
        won(back),
        (UUID(back.id), 3, sales.OpportunityReopened(opportunity=back, was_won=True)),
        seed=seed,
    )
    results = await marketer.results(campaign)
    assert (results.leads, results.valid_leads) == (2, 1)
    assert (results.opportunities, results.won) == (3, 1)
    assert [(money.amount, money.currency) for money in results.revenue] == [("2000", "CNY")]
    assert (await marketer.results(other)).leads == 1


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_deal_that_leaves_a_campaign_takes_its_revenue_along(marketer: Marketer, seed: int) -> None:
    campaign = await marketer.campaign()
    deal = a_deal(campaign)
    nameless = a_deal(id=deal.id, state="WON")
    await marketer.marketing.deliver(
        opened(deal), won(deal), (UUID(deal.id), 3, sales.OpportunityUpdated(opportunity=nameless)), seed=seed
    )
    results = await marketer.results(campaign)
    assert (results.opportunities, len(results.revenue)) == (0, 0)


async def test_a_replay_from_the_beginning_changes_nothing(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    lead = a_lead(campaign)
    fact = captured(lead)
    await marketer.marketing.deliver(fact)
    before = await marketer.members(campaign)
    async with marketer.marketing.db.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM inbox")
        await connection.exec_driver_sql("DELETE FROM inbox_cursor")
    await marketer.marketing.deliver(fact)
    assert len(await marketer.touchpoints(f'lead_id = "{lead.id}"')) == 1
    assert await marketer.members(campaign) == before

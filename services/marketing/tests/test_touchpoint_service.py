"""Touchpoints and members through the RPCs."""

import asyncio
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as leads
from crm.marketing.v1.campaign_member_pb2 import CampaignMember
from google.protobuf.timestamp_pb2 import Timestamp
from uuid_utils.compat import uuid7

from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import somebody

from .marketer import Marketer, a_lead, captured, changed

DAY = 86_400


def moment(days_ago: float) -> Timestamp:
    now = Timestamp()
    now.GetCurrentTime()
    return Timestamp(seconds=now.seconds - int(days_ago * DAY))


async def test_a_counted_touch_makes_a_member_and_an_opened_mail_does_not(marketer: Marketer) -> None:
    campaign, contact = await marketer.campaign(), str(uuid7())
    touch = {"contact_id": contact, "campaign_id": campaign.id}
    opened = await marketer.do("CreateTouchpoint", touchpoint={**touch, "kind": "open"})
    assert not opened.counted
    assert not await marketer.members(campaign)
    await marketer.do("CreateTouchpoint", touchpoint={**touch, "kind": "send"})
    [member] = await marketer.members(campaign)
    assert (member.status, member.responded) == (CampaignMember.SENT, False)
    click = await marketer.do("CreateTouchpoint", touchpoint={**touch, "kind": "click", "occur_time": moment(2)})
    [member] = await marketer.members(campaign)
    assert (member.status, member.first_responded_time) == (CampaignMember.RESPONDED, click.occur_time)


async def test_an_earlier_response_heard_of_later_moves_the_first_response(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    touch = {"contact_id": str(uuid7()), "campaign_id": campaign.id, "kind": "form"}
    for days in (1, 3, 2):
        await marketer.do("CreateTouchpoint", touchpoint={**touch, "occur_time": moment(days)})
    [member] = await marketer.members(campaign)
    assert abs(member.first_responded_time.seconds - moment(3).seconds) <= 5


async def test_a_send_after_a_response_does_not_take_the_status_back(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    touch = {"contact_id": str(uuid7()), "campaign_id": campaign.id}
    for kind in ("form", "send"):
        await marketer.do("CreateTouchpoint", touchpoint={**touch, "kind": kind})
    [member] = await marketer.members(campaign)
    assert member.status == CampaignMember.RESPONDED


async def test_touches_at_once_make_one_member(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    touch = {"contact_id": str(uuid7()), "campaign_id": campaign.id, "kind": "click"}
    await asyncio.gather(*(marketer.do("CreateTouchpoint", touchpoint=touch) for _ in range(8)))
    assert len(await marketer.members(campaign)) == 1
    assert len(await marketer.touchpoints(f'campaign_id = "{campaign.id}"')) == 8


async def test_a_visitor_who_becomes_known_brings_the_visits_of_90_days_along(marketer: Marketer) -> None:
    campaign, contact = await marketer.campaign(), str(uuid7())
    visit = {"anonymous_id": "cookie-1", "campaign_id": campaign.id, "kind": "visit"}
    for days in (91, 89, 1):
        await marketer.do("CreateTouchpoint", touchpoint={**visit, "occur_time": moment(days)})
    await marketer.do("CreateTouchpoint", touchpoint={**visit, "anonymous_id": "cookie-2"})
    assert not await marketer.members(campaign)
    form = {"anonymous_id": "cookie-1", "contact_id": contact, "kind": "form"}
    await marketer.do("CreateTouchpoint", touchpoint=form)
    assert len(await marketer.touchpoints(f'contact_id = "{contact}"')) == 3
    [member] = await marketer.members(campaign)
    assert member.contact_id == contact
    assert abs(member.first_responded_time.seconds - moment(89).seconds) <= 5


async def test_what_is_said_of_a_converted_lead_is_said_of_its_contact(marketer: Marketer) -> None:
    campaign, contact, lead = await marketer.campaign(), str(uuid7()), a_lead()
    became = changed(lead, customer_id=str(uuid7()), contact_id=contact)
    await marketer.marketing.deliver(captured(lead), (UUID(lead.id), 2, leads.LeadConverted(lead=became)))
    touch = {"lead_id": lead.id, "campaign_id": campaign.id, "kind": "form"}
    assert (await marketer.do("CreateTouchpoint", touchpoint=touch)).contact_id == contact
    refused = await marketer.refused(
        "CreateCampaignMember", campaign_member={"campaign_id": campaign.id, "contact_id": contact}
    )
    assert refused.reason == "PERSON_ALREADY_MEMBER"


async def test_a_touchpoint_that_cannot_be_names_its_field(marketer: Marketer) -> None:
    wrong = {"kind": "telepathy", "campaign_id": str(uuid7()), "occur_time": moment(-1)}
    refused = await marketer.refused("CreateTouchpoint", touchpoint=wrong)
    assert refused.reason == "INVALID_ARGUMENT"
    assert str(refused).startswith("Some fields need attention: lead_id: ")
    unknown = {"contact_id": str(uuid7()), "kind": "form", "campaign_id": str(uuid7())}
    assert "campaign_id" in str(await marketer.refused("CreateTouchpoint", touchpoint=unknown))
    future = {"contact_id": str(uuid7()), "kind": "form", "occur_time": moment(-1)}
    assert "occur_time" in str(await marketer.refused("CreateTouchpoint", touchpoint=future))


async def test_a_person_is_enrolled_once_and_only_in_a_live_campaign(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    person = {"campaign_id": campaign.id, "lead_id": str(uuid7())}
    made = await marketer.do("CreateCampaignMember", campaign_member=person)
    assert (made.status, made.owner_id) == (CampaignMember.TARGET, str(marketer.who.user_id))
    assert (await marketer.refused("CreateCampaignMember", campaign_member=person)).reason == "PERSON_ALREADY_MEMBER"
    nobody = {"campaign_id": campaign.id}
    assert (await marketer.refused("CreateCampaignMember", campaign_member=nobody)).reason == "INVALID_ARGUMENT"
    await marketer.do("CancelCampaign", id=campaign.id, reason="rain")
    other = {"campaign_id": campaign.id, "lead_id": str(uuid7())}
    assert (await marketer.refused("CreateCampaignMember", campaign_member=other)).reason == "INVALID_ARGUMENT"


async def test_enrolling_at_once_makes_one_member(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    person = {"campaign_id": campaign.id, "lead_id": str(uuid7())}

    async def enrol() -> str:
        try:
            await marketer.do("CreateCampaignMember", campaign_member=person)
        except RemoteError as refused:
            return refused.reason
        return "made"

    outcomes = await asyncio.gather(*(enrol() for _ in range(6)))
    assert outcomes.count("made") == 1
    assert set(outcomes) <= {"made", "PERSON_ALREADY_MEMBER", "ALREADY_EXISTS"}


async def test_a_person_may_take_a_status_back_and_another_system_may_not(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    person = {"campaign_id": campaign.id, "lead_id": str(uuid7()), "status": "RESPONDED"}
    made = await marketer.do("CreateCampaignMember", campaign_member=person)
    system = marketer.as_(
        Principal(subject=str(uuid7()), kind="key", unit_path="/hq/", grants=(("marketing.*", Scope.ALL),))
    )
    refused = await system.refused("SetCampaignMemberStatus", id=made.id, status="SENT")
    assert refused.reason == "STATUS_GOES_BACKWARDS"
    assert (
        await system.do("SetCampaignMemberStatus", id=made.id, status="CONVERTED")
    ).status == CampaignMember.CONVERTED
    back = await marketer.do("SetCampaignMemberStatus", id=made.id, status="SENT")
    assert (back.status, back.responded) == (CampaignMember.SENT, False)
    assert back.first_responded_time == made.first_responded_time
    again = await marketer.do("SetCampaignMemberStatus", id=made.id, status="RESPONDED", etag=back.etag)
    assert again.first_responded_time == made.first_responded_time
    assert (await marketer.refused("SetCampaignMemberStatus", id=made.id)).reason == "INVALID_ARGUMENT"


async def test_touchpoints_and_members_of_another_unit_look_absent(marketer: Marketer) -> None:
    campaign = await marketer.campaign()
    await marketer.marketing.deliver(captured(a_lead(campaign, unit_path="/hq/east/")))
    [touchpoint] = await marketer.touchpoints(f'campaign_id = "{campaign.id}"')
    [member] = await marketer.members(campaign)
    stranger = marketer.as_(somebody(unit_path="/hq/west/", scope=Scope.SUBTREE))
    assert (await stranger.refused("GetTouchpoint", id=touchpoint.id)).reason == "NOT_FOUND"
    assert (await stranger.refused("GetCampaignMember", id=member.id)).reason == "NOT_FOUND"
    assert (await stranger.refused("SetCampaignMemberStatus", id=member.id, status="SENT")).reason == "NOT_FOUND"
    for name in ("ListTouchpoints", "ListCampaignMembers"):
        assert (await stranger.do(name, count=2)).total_size == 0
    foreign = {"contact_id": str(uuid7()), "campaign_id": campaign.id, "kind": "form"}
    assert (await stranger.refused("CreateTouchpoint", touchpoint=foreign)).reason == "INVALID_ARGUMENT"
    east = marketer.as_(somebody(unit_path="/hq/east/", scope=Scope.SUBTREE))
    assert (await east.do("ListTouchpoints", count=2)).total_size == 1


async def test_a_touch_beside_the_conversion_of_its_lead_is_never_left_with_the_lead(marketer: Marketer) -> None:
    for _ in range(5):
        contact, lead = str(uuid7()), a_lead()
        became = changed(lead, customer_id=str(uuid7()), contact_id=contact)
        await marketer.marketing.deliver(captured(lead))
        await asyncio.gather(
            marketer.marketing.deliver((UUID(lead.id), 2, leads.LeadConverted(lead=became))),
            *(marketer.do("CreateTouchpoint", touchpoint={"lead_id": lead.id, "kind": "form"}) for _ in range(4)),
        )
        assert len(await marketer.touchpoints(f'contact_id = "{contact}"')) == 4

"""crm.marketing.v1.CampaignMemberService."""

from crm.marketing.v1 import campaign_member_pb2
from crm.marketing.v1 import campaign_member_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.tx import begin
from crm_marketing.domain.campaign_member import Status
from crm_marketing.mappings import campaign_members
from crm_marketing.usecases.enrol_member import enrol_member, set_member_status


class CampaignMemberService:
    """Who a campaign is for, and how far each came."""

    GetCampaignMember = campaign_members.get
    ListCampaignMembers = campaign_members.list

    async def CreateCampaignMember(
        self, request: pb.CreateCampaignMemberRequest, call: Call
    ) -> campaign_member_pb2.CampaignMember:
        member = await campaign_members.read(call, request.campaign_member)
        async with begin(call) as tx:
            await enrol_member(tx, member)
        return campaign_members.write(member)

    async def SetCampaignMemberStatus(
        self, request: pb.SetCampaignMemberStatusRequest, call: Call
    ) -> campaign_member_pb2.CampaignMember:
        async with begin(call) as tx:
            member = await set_member_status(tx, request.id, _status(request.status), etag=request.etag)
        return campaign_members.write(member)


def _status(number: int) -> Status:
    known = campaign_member_pb2.CampaignMember.Status.DESCRIPTOR.values_by_number
    if number in known and number:
        return Status(known[number].name)
    choices = ", ".join(Status)
    raise InvalidArgument.of("status", "UNKNOWN_VALUE", f"Choose one of {choices}.", f"请选择：{choices}。")

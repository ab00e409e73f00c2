"""crm.marketing.v1.CampaignService."""

from crm.marketing.v1 import campaign_pb2, campaign_results_pb2
from crm.marketing.v1 import campaign_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_marketing import mappings, queries
from crm_marketing.domain.campaign import Campaign
from crm_marketing.mappings import campaigns
from crm_marketing.usecases import move_campaign
from crm_marketing.usecases.draft_campaign import draft_campaign, edit_campaign
from crm_marketing.usecases.record_cost import record_cost


class CampaignService:
    """Campaigns from draft to settled books."""

    GetCampaign = campaigns.get
    ListCampaigns = campaigns.list

    async def CreateCampaign(self, request: pb.CreateCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        campaign = await campaigns.read(call, request.campaign)
        async with begin(call) as tx:
            await draft_campaign(tx, campaign, request.over_commit_reason)
        return campaigns.write(campaign)

    async def UpdateCampaign(self, request: pb.UpdateCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        values = await campaigns.changes(call, request.campaign, request.update_mask.paths)
        async with begin(call) as tx:
            campaign = await tx.load(Campaign, request.campaign.id, etag=request.campaign.etag)
            await edit_campaign(tx, campaign, values, request.over_commit_reason)
        return campaigns.write(campaign)

    async def DeleteCampaign(self, request: pb.DeleteCampaignRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await move_campaign.remove_campaign(tx, request.id, etag=request.etag)
        return Empty()

    async def PlanCampaign(self, request: pb.PlanCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        async with begin(call) as tx:
            campaign = await move_campaign.plan_campaign(tx, request.id, etag=request.etag)
        return campaigns.write(campaign)

    async def StartCampaign(self, request: pb.StartCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        async with begin(call) as tx:
            campaign = await move_campaign.start_campaign(tx, request.id, etag=request.etag)
        return campaigns.write(campaign)

    async def PauseCampaign(self, request: pb.PauseCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        async with begin(call) as tx:
            campaign = await move_campaign.pause_campaign(tx, request.id, request.reason, etag=request.etag)
        return campaigns.write(campaign)

    async def ResumeCampaign(self, request: pb.ResumeCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        async with begin(call) as tx:
            campaign = await move_campaign.resume_campaign(tx, request.id, etag=request.etag)
        return campaigns.write(campaign)

    async def FinishCampaign(self, request: pb.FinishCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        async with begin(call) as tx:
            campaign = await move_campaign.finish_campaign(tx, request.id, etag=request.etag)
        return campaigns.write(campaign)

    async def SettleCampaign(self, request: pb.SettleCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        async with begin(call) as tx:
            campaign = await move_campaign.settle_campaign(tx, request.id, etag=request.etag)
        return campaigns.write(campaign)

    async def CancelCampaign(self, request: pb.CancelCampaignRequest, call: Call) -> campaign_pb2.Campaign:
        async with begin(call) as tx:
            campaign = await move_campaign.cancel_campaign(tx, request.id, request.reason, etag=request.etag)
        return campaigns.write(campaign)

    async def RecordCost(self, request: pb.RecordCostRequest, call: Call) -> campaign_pb2.Campaign:
        async with begin(call) as tx:
            campaign = await record_cost(tx, request)
        return campaigns.write(campaign)

    async def ListCampaignCosts(self, request: pb.ListCampaignCostsRequest, call: Call) -> pb.ListCampaignCostsResponse:
        campaign = await campaigns.find(call, request.campaign_id)
        rows, token = await queries.list_costs(call, campaign.id, request.page_size, request.page_token)
        costs = [mappings.campaign_cost(row) for row in rows]
        return pb.ListCampaignCostsResponse(costs=costs, next_page_token=token)

    async def GetCampaignResults(
        self, request: pb.GetCampaignResultsRequest, call: Call
    ) -> campaign_results_pb2.CampaignResults:
        campaign = await campaigns.find(call, request.id)
        results = await queries.results(call, campaign.id, include_parts=request.include_parts)
        return mappings.campaign_results(campaign, results)

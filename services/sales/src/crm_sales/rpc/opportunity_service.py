"""crm.sales.v1.OpportunityService."""

from crm.sales.v1 import opportunity_pb2
from crm.sales.v1 import opportunity_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales import mappings, queries
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.stage_stay import stage_stay
from crm_sales.mappings import opportunities
from crm_sales.rpc.arguments import day, reference, required
from crm_sales.usecases.close_opportunity import lose_opportunity, reopen_opportunity, win_opportunity
from crm_sales.usecases.edit_opportunity import edit_opportunity
from crm_sales.usecases.move_opportunity import move_opportunity
from crm_sales.usecases.open_opportunity import open_opportunity
from crm_sales.usecases.place_deals import assign_territory


class OpportunityService:
    """Deals from first talk to won or lost."""

    GetOpportunity = opportunities.get
    ListOpportunities = opportunities.list

    def __init__(self, policy: SalesPolicy) -> None:
        self._policy = policy

    async def CreateOpportunity(self, request: pb.CreateOpportunityRequest, call: Call) -> opportunity_pb2.Opportunity:
        deal = await opportunities.read(call, request.opportunity)
        async with begin(call) as tx:
            await open_opportunity(tx, deal, self._policy)
        return opportunities.write(deal)

    async def UpdateOpportunity(self, request: pb.UpdateOpportunityRequest, call: Call) -> opportunity_pb2.Opportunity:
        values = await opportunities.changes(call, request.opportunity, request.update_mask.paths)
        async with begin(call) as tx:
            deal = await tx.load(Opportunity, request.opportunity.id, etag=request.opportunity.etag)
            await edit_opportunity(tx, deal, values)
        return opportunities.write(deal)

    async def MoveOpportunityStage(
        self, request: pb.MoveOpportunityStageRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        stage, pipeline_id = required("stage", request.stage), reference("pipeline_id", request.pipeline_id)
        async with begin(call) as tx:
            deal = await move_opportunity(
                tx, request.id, stage, pipeline_id=pipeline_id, note=request.note, etag=request.etag
            )
        return opportunities.write(deal)

    async def WinOpportunity(self, request: pb.WinOpportunityRequest, call: Call) -> opportunity_pb2.Opportunity:
        closed = day("close_date", request.close_date)
        async with begin(call) as tx:
            deal = await win_opportunity(
                tx, request.id, self._policy, close_date=closed, note=request.note, etag=request.etag
            )
        return opportunities.write(deal)

    async def LoseOpportunity(self, request: pb.LoseOpportunityRequest, call: Call) -> opportunity_pb2.Opportunity:
        closed = day("close_date", request.close_date)
        competitor_id = reference("competitor_id", request.competitor_id)
        async with begin(call) as tx:
            deal = await lose_opportunity(
                tx,
                request.id,
                self._policy,
                reason=request.reason,
                note=request.note,
                competitor_id=competitor_id,
                close_date=closed,
                etag=request.etag,
            )
        return opportunities.write(deal)

    async def ReopenOpportunity(self, request: pb.ReopenOpportunityRequest, call: Call) -> opportunity_pb2.Opportunity:
        reason = required("reason", request.reason)
        async with begin(call) as tx:
            deal = await reopen_opportunity(tx, request.id, reason=reason, etag=request.etag)
        return opportunities.write(deal)

    async def AssignOpportunityTerritory(
        self, request: pb.AssignOpportunityTerritoryRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        async with begin(call) as tx:
            deal = await assign_territory(tx, request.id, request.territory_code.strip(), etag=request.etag)
        return opportunities.write(deal)

    async def ListStageHistory(self, request: pb.ListStageHistoryRequest, call: Call) -> pb.ListStageHistoryResponse:
        deal = await opportunities.find(call, request.opportunity_id)
        belongs = stage_stay.c.opportunity_id == deal.id
        rows, token = await queries.page_of(call, stage_stay, queries.STAY_FIELDS, belongs, deal.id, request)
        stays = [mappings.stage_stay(row, call.now) for row in rows]
        return pb.ListStageHistoryResponse(stays=stays, next_page_token=token)

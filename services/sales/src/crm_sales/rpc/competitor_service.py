"""crm.sales.v1.CompetitorService."""

from crm.sales.v1 import competitor_pb2
from crm.sales.v1 import competitor_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales.domain.competitor import Competitor
from crm_sales.mappings import competitors
from crm_sales.usecases.keep_reference import add_competitor, edit_competitor


class CompetitorService:
    """Other sellers met in deals."""

    GetCompetitor = competitors.get
    ListCompetitors = competitors.list
    DeleteCompetitor = competitors.delete

    async def CreateCompetitor(self, request: pb.CreateCompetitorRequest, call: Call) -> competitor_pb2.Competitor:
        competitor = await competitors.read(call, request.competitor)
        async with begin(call) as tx:
            await add_competitor(tx, competitor)
        return competitors.write(competitor)

    async def UpdateCompetitor(self, request: pb.UpdateCompetitorRequest, call: Call) -> competitor_pb2.Competitor:
        values = await competitors.changes(call, request.competitor, request.update_mask.paths)
        async with begin(call) as tx:
            competitor = await tx.load(Competitor, request.competitor.id, etag=request.competitor.etag)
            await edit_competitor(tx, competitor, values)
        return competitors.write(competitor)

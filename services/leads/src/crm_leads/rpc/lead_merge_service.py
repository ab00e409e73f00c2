"""crm.leads.v1.LeadMergeService."""

from typing import Any

from crm.leads.v1 import lead_merge_pb2
from crm.leads.v1 import lead_merge_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.ids import parse_id
from crm_kit.resource import Resource, read_one
from crm_kit.tx import begin
from crm_leads import mappings, queries
from crm_leads.domain.lead_merge import LeadMerge
from crm_leads.usecases.find_duplicates import find_duplicates
from crm_leads.usecases.merge_leads import merge_leads, preview_merge, wanted_of
from crm_leads.usecases.unmerge_leads import conflicts_of, look_at_merge, unmerge_leads

merges = Resource(mappings.lead_merge, filters=("survivor_id", "state", "create_time"), order="id desc")
PREFIX = "MERGE_POLICY_"


class LeadMergeService:
    """Merging of leads by hand, and taking it back."""

    async def ListPossibleDuplicates(
        self, request: pb.ListPossibleDuplicatesRequest, call: Call
    ) -> pb.ListPossibleDuplicatesResponse:
        return pb.ListPossibleDuplicatesResponse(possible_duplicates=await find_duplicates(call, request.lead_id))

    async def PreviewMergeLeads(self, request: pb.PreviewMergeLeadsRequest, call: Call) -> pb.PreviewMergeLeadsResponse:
        wanted = wanted_of(request, _policy(request.policy))
        async with begin(call) as tx:
            seen = await preview_merge(tx, wanted)
            answer = pb.PreviewMergeLeadsResponse(
                survivor_id=str(seen.survivor.id),
                lead=mappings.lead.write(seen.result),
                leads=[mappings.lead.write(one) for one in seen.leads],
            )
            for field, lead in seen.merged.sources.items():
                answer.choices.add(field=field, lead_id=lead)
            for kind, count in seen.moved.items():
                answer.moved.add(service="leads", kind=kind, count=count)
            tx.answer_with(answer)
        return answer

    async def MergeLeads(self, request: pb.MergeLeadsRequest, call: Call) -> lead_merge_pb2.LeadMerge:
        wanted = wanted_of(request, _policy(request.policy))
        async with begin(call) as tx:
            merge = await merge_leads(tx, wanted)
        return merges.write(merge)

    async def GetLeadMerge(self, request: pb.GetLeadMergeRequest, call: Call) -> lead_merge_pb2.LeadMerge:
        async with begin(call) as tx:
            merge = await queries.merge_of(tx, parse_id(LeadMerge, request.id))
            found = None if merge is None else merges.write(merge)
        if found is None:
            raise NotFound(resource="lead_merge", id=request.id)
        try:
            await read_one(call, mappings.lead.full_name, found.survivor_id)
        except NotFound:
            raise NotFound(resource="lead_merge", id=request.id) from None
        return found

    async def ListLeadMerges(self, request: pb.ListLeadMergesRequest, call: Call) -> Any:
        lead = await read_one(call, mappings.lead.full_name, request.lead_id)
        return await merges.page(request, call, LeadMerge.survivor_id == lead.id, parent=lead.id)

    async def PreviewUnmergeLeads(
        self, request: pb.PreviewUnmergeLeadsRequest, call: Call
    ) -> pb.PreviewUnmergeLeadsResponse:
        async with begin(call) as tx:
            undoing = await look_at_merge(tx, request.id)
            leads = [mappings.lead.write(one) for one in undoing.merged]
            return pb.PreviewUnmergeLeadsResponse(
                conflicts=conflicts_of(undoing, call.principal.field_rules), leads=leads
            )

    async def UnmergeLeads(self, request: pb.UnmergeLeadsRequest, call: Call) -> lead_merge_pb2.LeadMerge:
        async with begin(call) as tx:
            merge = await unmerge_leads(tx, request.id, request.decisions, etag=request.etag)
        return merges.write(merge)


def _policy(value: Any) -> str:
    return pb.MergePolicy.Name(value or pb.MERGE_POLICY_SURVIVOR).removeprefix(PREFIX)

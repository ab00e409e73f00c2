"""crm.leads.v1.LeadService."""

from collections.abc import Sequence

from crm.leads.v1 import lead_pb2
from crm.leads.v1 import lead_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import Error, NotFound
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_leads import mappings
from crm_leads.domain.lead import Lead
from crm_leads.fields import LEAD_FILTERS, SEARCH
from crm_leads.usecases.assign_lead import assign_lead
from crm_leads.usecases.capture_lead import capture_lead
from crm_leads.usecases.claim_lead import claim_lead, claim_leads
from crm_leads.usecases.close_lead import disqualify_lead, qualify_lead
from crm_leads.usecases.convert_lead import ConvertLead
from crm_leads.usecases.distribute_lead import accept_lead, distribute_lead, refuse_lead
from crm_leads.usecases.explain_lead import explain_lead, list_decisions
from crm_leads.usecases.read_tombstone import read_tombstone
from crm_leads.usecases.release_lead import release_lead, reopen_lead
from crm_leads.usecases.update_lead import update_lead

leads = Resource(mappings.lead, filters=LEAD_FILTERS, search=SEARCH)


class LeadService:
    """Leads from capture to conversion."""

    ListLeads = leads.list

    def __init__(self, convert: ConvertLead) -> None:
        self._convert = convert

    async def GetLead(self, request: pb.GetLeadRequest, call: Call) -> lead_pb2.Lead:
        try:
            return await leads.find(call, request.id)
        except NotFound:
            return await read_tombstone(call, request.id)

    async def CreateLead(self, request: pb.CreateLeadRequest, call: Call) -> lead_pb2.Lead:
        submitted = await leads.read(call, request.lead)
        async with begin(call) as tx:
            lead = await capture_lead(tx, submitted)
        return leads.write(lead)

    async def UpdateLead(self, request: pb.UpdateLeadRequest, call: Call) -> lead_pb2.Lead:
        values = await leads.changes(call, request.lead, request.update_mask.paths)
        async with begin(call) as tx:
            lead = await tx.load(Lead, request.lead.id, etag=request.lead.etag)
            await tx.reveal(lead)
            await update_lead(tx, lead, leads.apply(lead, values))
        return leads.write(lead)

    async def ClaimLead(self, request: pb.ClaimLeadRequest, call: Call) -> lead_pb2.Lead:
        async with begin(call) as tx:
            lead = await claim_lead(tx, request.id, etag=request.etag)
        return leads.write(lead)

    async def ClaimLeads(self, request: pb.ClaimLeadsRequest, call: Call) -> pb.ClaimLeadsResponse:
        async with begin(call) as tx:
            results = await claim_leads(tx, request.ids, best_effort=request.best_effort)
            tx.answer_with(_claimed(request.ids, results))
        # Written once more, because the commit gave the claimed leads their new versions.
        return _claimed(request.ids, results)

    async def ReleaseLead(self, request: pb.ReleaseLeadRequest, call: Call) -> lead_pb2.Lead:
        async with begin(call) as tx:
            lead = await release_lead(tx, request.id, etag=request.etag, reason=request.reason)
        return leads.write(lead)

    async def AssignLead(self, request: pb.AssignLeadRequest, call: Call) -> lead_pb2.Lead:
        async with begin(call) as tx:
            lead = await assign_lead(tx, request.id, request.owner_id, etag=request.etag, reason=request.reason)
        return leads.write(lead)

    async def QualifyLead(self, request: pb.QualifyLeadRequest, call: Call) -> lead_pb2.Lead:
        async with begin(call) as tx:
            lead = await qualify_lead(tx, request.id, etag=request.etag)
        return leads.write(lead)

    async def DisqualifyLead(self, request: pb.DisqualifyLeadRequest, call: Call) -> lead_pb2.Lead:
        async with begin(call) as tx:
            lead = await disqualify_lead(tx, request.id, request.reason, request.note, etag=request.etag)
        return leads.write(lead)

    async def ReopenLead(self, request: pb.ReopenLeadRequest, call: Call) -> lead_pb2.Lead:
        async with begin(call) as tx:
            lead = await reopen_lead(tx, request.id, etag=request.etag)
        return leads.write(lead)

    async def ConvertLead(self, request: pb.ConvertLeadRequest, call: Call) -> lead_pb2.Lead:
        await self._convert(request, call)
        return await leads.find(call, request.id)

    async def ListLeadDecisions(self, request: pb.ListLeadDecisionsRequest, call: Call) -> pb.ListLeadDecisionsResponse:
        await leads.find(call, request.lead_id)
        decisions, token = await list_decisions(call, request.lead_id, request.page_size, request.page_token)
        return pb.ListLeadDecisionsResponse(decisions=decisions, next_page_token=token)

    async def ExplainLead(self, request: pb.ExplainLeadRequest, call: Call) -> pb.ExplainLeadResponse:
        lead = await leads.find(call, request.id)
        return pb.ExplainLeadResponse(decisions=await explain_lead(call, lead))

    async def DistributeLead(self, request: pb.DistributeLeadRequest, call: Call) -> lead_pb2.Lead:
        async with begin(call) as tx:
            lead = await distribute_lead(
                tx, request.id, request.unit_path, request.accept_hours, request.reason, etag=request.etag
            )
        return leads.write(lead)

    async def AcceptLead(self, request: pb.AcceptLeadRequest, call: Call) -> lead_pb2.Lead:
        async with begin(call) as tx:
            lead = await accept_lead(tx, request.id, etag=request.etag)
        return leads.write(lead)

    async def RefuseLead(self, request: pb.RefuseLeadRequest, call: Call) -> pb.RefuseLeadResponse:
        answer = pb.RefuseLeadResponse()
        async with begin(call) as tx:
            await refuse_lead(tx, request.id, request.reason, etag=request.etag)
            tx.answer_with(answer)
        return answer


def _claimed(lead_ids: Sequence[str], results: Sequence[Lead | Error]) -> pb.ClaimLeadsResponse:
    answer = pb.ClaimLeadsResponse()
    for lead_id, result in zip(lead_ids, results, strict=True):
        if isinstance(result, Error):
            answer.results.add(id=lead_id, reason=result.reason)
        else:
            answer.results.add(id=lead_id, lead=leads.write(result))
    return answer

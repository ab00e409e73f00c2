"""crm.service_desk.v1.KnowledgeVersionService."""

from typing import Any

from crm.service_desk.v1 import knowledge_article_pb2
from crm.service_desk.v1 import knowledge_version_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.resource import read_one
from crm_service_desk import mappings, queries
from crm_service_desk.rpc.knowledge_article_service import versions

SUGGESTED, MOST_SUGGESTED = 5, 20


class KnowledgeVersionService:
    """The knowledge base as its readers find it."""

    async def GetKnowledgeVersion(
        self, request: pb.GetKnowledgeVersionRequest, call: Call
    ) -> knowledge_article_pb2.KnowledgeVersion:
        return await queries.version_seen(call, request.id)

    async def ListKnowledgeVersions(self, request: pb.ListKnowledgeVersionsRequest, call: Call) -> Any:
        return await versions.page(request, call, queries.readable(call))

    async def SearchKnowledgeForTicket(
        self, request: pb.SearchKnowledgeForTicketRequest, call: Call
    ) -> pb.SearchKnowledgeForTicketResponse:
        if not 0 <= request.page_size <= MOST_SUGGESTED:
            en, zh = f"Ask for 1 to {MOST_SUGGESTED}.", f"请填写 1 到 {MOST_SUGGESTED}。"
            raise InvalidArgument.of("page_size", "OUT_OF_RANGE", en, zh)
        asking = call.as_principal(call.principal, "service_desk.ticket.get")
        asking.shared = call.shared
        ticket = await read_one(asking, mappings.ticket.full_name, request.ticket_id)
        found = await queries.suggested_versions(call, ticket, request.page_size or SUGGESTED)
        return pb.SearchKnowledgeForTicketResponse(knowledge_versions=found)

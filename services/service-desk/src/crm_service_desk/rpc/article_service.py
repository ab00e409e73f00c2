"""crm.service_desk.v1.ArticleService."""

from typing import Any
from uuid import UUID

from crm.service_desk.v1 import article_pb2
from crm.service_desk.v1 import article_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.resource import Resource, read_one
from crm_service_desk import mappings
from crm_service_desk.domain.article import Article

articles = Resource(mappings.article, filters=("kind", "occur_time", "create_time"), order="create_time desc")


class ArticleService:
    """Conversations of tickets: whoever sees a ticket sees its articles."""

    async def GetArticle(self, request: pb.GetArticleRequest, call: Call) -> article_pb2.Article:
        article = await articles.find(call, request.id)
        try:
            await read_one(call, mappings.ticket.full_name, article.ticket_id)
        except NotFound:
            raise NotFound(resource=articles.name, id=request.id) from None
        return article

    async def ListArticles(self, request: pb.ListArticlesRequest, call: Call) -> Any:
        ticket = await read_one(call, mappings.ticket.full_name, request.ticket_id)
        return await articles.page(request, call, Article.ticket_id == UUID(ticket.id), parent=ticket.id)

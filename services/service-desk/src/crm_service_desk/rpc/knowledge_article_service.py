"""crm.service_desk.v1.KnowledgeArticleService."""

from typing import Any
from uuid import UUID

from crm.service_desk.v1 import knowledge_article_pb2
from crm.service_desk.v1 import knowledge_article_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import Tx, begin
from crm_service_desk import mappings, queries
from crm_service_desk.domain.knowledge_article import KnowledgeArticle
from crm_service_desk.domain.knowledge_version import KnowledgeVersion
from crm_service_desk.rpc.arguments import check_texts, instant_of
from crm_service_desk.usecases import keep_knowledge, publish_knowledge

FACTS = ("number", "audience", "category", "product_id", "tags")
SEARCHED = ("number", "title_en", "title_zh", "category")
knowledge_articles = Resource(
    mappings.knowledge_article,
    filters=(
        *FACTS,
        "title_en",
        "title_zh",
        "state",
        "published_version",
        "publish_time",
        "scheduled_publish_time",
        "expire_time",
        "review_time",
        "owner_id",
        "unit_path",
        "create_time",
        "update_time",
    ),
    search=(*SEARCHED, "body_en", "body_zh"),
)
versions = Resource(
    mappings.knowledge_version,
    filters=(*FACTS, "title_en", "title_zh", "knowledge_article_id", "edition", "create_time"),
    search=(*SEARCHED, "body_en", "body_zh"),
)
COUNTS = {"used_count", "solved_count"}
Message = knowledge_article_pb2.KnowledgeArticle


class KnowledgeArticleService:
    """The knowledge base as its authors keep it."""

    async def CreateKnowledgeArticle(self, request: pb.CreateKnowledgeArticleRequest, call: Call) -> Message:
        article = await knowledge_articles.read(call, request.knowledge_article)
        async with begin(call) as tx:
            await keep_knowledge.draft_article(tx, article)
        return knowledge_articles.write(article)

    async def GetKnowledgeArticle(self, request: pb.GetKnowledgeArticleRequest, call: Call) -> Message:
        article = await knowledge_articles.find(call, request.id)
        await queries.add_counts(call, [article])
        return article

    async def ListKnowledgeArticles(self, request: pb.ListKnowledgeArticlesRequest, call: Call) -> Any:
        page = await knowledge_articles.list(request, call)
        if not request.fields.paths or COUNTS & set(request.fields.paths):
            await queries.add_counts(call, page.knowledge_articles)
        return page

    async def UpdateKnowledgeArticle(self, request: pb.UpdateKnowledgeArticleRequest, call: Call) -> Message:
        message = request.knowledge_article
        values = await knowledge_articles.changes(call, message, request.update_mask.paths)
        async with begin(call) as tx:
            article = await tx.load(KnowledgeArticle, message.id, etag=message.etag)
            await keep_knowledge.edit_article(tx, article, knowledge_articles.apply(article, values))
        return await _counted(call, article)

    async def SubmitKnowledgeArticle(self, request: pb.SubmitKnowledgeArticleRequest, call: Call) -> Message:
        async with begin(call) as tx:
            article = await keep_knowledge.submit_article(tx, await _load(tx, request))
        return await _counted(call, article)

    async def ReturnKnowledgeArticle(self, request: pb.ReturnKnowledgeArticleRequest, call: Call) -> Message:
        check_texts(request, "reason")
        async with begin(call) as tx:
            article = await keep_knowledge.return_article(tx, await _load(tx, request), request.reason)
        return await _counted(call, article)

    async def PublishKnowledgeArticle(self, request: pb.PublishKnowledgeArticleRequest, call: Call) -> Message:
        publish_time = instant_of(request, "publish_time")
        async with begin(call) as tx:
            article = await publish_knowledge.publish_article(tx, await _load(tx, request), publish_time)
        return await _counted(call, article)

    async def ConfirmKnowledgeArticle(self, request: pb.ConfirmKnowledgeArticleRequest, call: Call) -> Message:
        review_time = instant_of(request, "review_time")
        async with begin(call) as tx:
            article = await keep_knowledge.confirm_article(tx, await _load(tx, request), review_time)
        return await _counted(call, article)

    async def ArchiveKnowledgeArticle(self, request: pb.ArchiveKnowledgeArticleRequest, call: Call) -> Message:
        async with begin(call) as tx:
            article = await publish_knowledge.archive_article(tx, await _load(tx, request))
        return await _counted(call, article)

    async def RestoreKnowledgeArticle(self, request: pb.RestoreKnowledgeArticleRequest, call: Call) -> Message:
        async with begin(call) as tx:
            article = await keep_knowledge.restore_article(tx, await _load(tx, request))
        return await _counted(call, article)

    async def ListKnowledgeArticleVersions(self, request: pb.ListKnowledgeArticleVersionsRequest, call: Call) -> Any:
        article = await knowledge_articles.find(call, request.knowledge_article_id)
        return await versions.page(
            request, call, KnowledgeVersion.knowledge_article_id == UUID(article.id), parent=article.id
        )


async def _load(tx: Tx, request: Any) -> KnowledgeArticle:
    return await tx.load(KnowledgeArticle, request.id, etag=request.etag)


async def _counted(call: Call, article: KnowledgeArticle) -> Message:
    message = knowledge_articles.write(article)
    await queries.add_counts(call, [message])
    return message

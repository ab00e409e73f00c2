"""Put what an article says into force, and take it out again (发布 / 归档)."""

from datetime import datetime
from uuid import UUID

from crm.service_desk.v1 import service_desk_events_pb2 as events

from crm_kit.tx import Tx
from crm_service_desk import mappings, queries
from crm_service_desk.domain.knowledge_article import KnowledgeArticle, State, check_coming
from crm_service_desk.domain.knowledge_version import KnowledgeVersion
from crm_service_desk.usecases.keep_knowledge import EXPIRE, PUBLISH, REVIEW, announce_state


async def publish_article(tx: Tx, article: KnowledgeArticle, publish_time: datetime | None) -> KnowledgeArticle:
    """Now, or at a time to come by itself."""
    if publish_time is not None:
        check_coming("publish_time", publish_time, tx.now)
        article.schedule(publish_time)
        await tx.schedule(PUBLISH, article.id, publish_time)
        announce_state(tx, article, article.state)
        return article
    await tx.cancel_timer(PUBLISH, article.id)
    return await _put_in_force(tx, article, tx.principal.user_id)


async def publish_if_still_meant(tx: Tx, article: KnowledgeArticle) -> None:
    """The time has come; one that was edited or sent back meanwhile has none any more."""
    if article.scheduled_publish_time is not None and article.scheduled_publish_time <= tx.now:
        await _put_in_force(tx, article, None)


async def archive_article(tx: Tx, article: KnowledgeArticle) -> KnowledgeArticle:
    """Readers find it no more; replies written with it keep saying so."""
    article.archive()
    await queries.withdraw_versions(tx, article.id)
    for kind in (PUBLISH, EXPIRE, REVIEW):
        await tx.cancel_timer(kind, article.id)
    tx.publish(article, events.KnowledgeArticleArchived())
    return article


async def archive_if_expired(tx: Tx, article: KnowledgeArticle) -> None:
    """Its time is over."""
    due = article.expire_time is not None and article.expire_time <= tx.now
    if due and article.state != State.ARCHIVED:
        await archive_article(tx, article)


async def _put_in_force(tx: Tx, article: KnowledgeArticle, publisher_id: UUID | None) -> KnowledgeArticle:
    article.publish(tx.now)
    await queries.withdraw_versions(tx, article.id)
    version = tx.add(KnowledgeVersion.of(article, publisher_id), by_rule=True)
    said = mappings.knowledge_version.write(version)
    tx.publish(article, events.KnowledgeArticlePublished(knowledge_version=said))
    return article

"""Write an article, have it checked, keep it right (编写 / 提交 / 退回 / 复核)."""

from datetime import datetime

from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1.knowledge_article_pb2 import KnowledgeArticle as Message

from crm_kit.tx import Tx
from crm_service_desk.domain.knowledge_article import KnowledgeArticle, check_coming

PUBLISH, EXPIRE, REVIEW = "knowledge.publish", "knowledge.expire", "knowledge.review"


async def draft_article(tx: Tx, article: KnowledgeArticle) -> KnowledgeArticle:
    """A new article, kept by who writes it."""
    article.check()
    article.number, article.owner_id = await tx.number("KB"), tx.principal.user_id
    tx.add(article)
    tx.publish(article, events.KnowledgeArticleCreated())
    await _set_times(tx, article, {"expire_time", "review_time"})
    return article


async def edit_article(tx: Tx, article: KnowledgeArticle, changed: set[str]) -> KnowledgeArticle:
    """What was changed waits for its next publication; it has the new values already."""
    if not changed:
        return article
    scheduled = article.scheduled_publish_time
    article.edited(changed)
    if scheduled and not article.scheduled_publish_time:
        await tx.cancel_timer(PUBLISH, article.id)
    await _set_times(tx, article, changed)
    tx.publish(article, events.KnowledgeArticleUpdated())
    return article


async def submit_article(tx: Tx, article: KnowledgeArticle) -> KnowledgeArticle:
    """Somebody is to check it."""
    before = article.state
    article.submit()
    announce_state(tx, article, before)
    return article


async def return_article(tx: Tx, article: KnowledgeArticle, reason: str) -> KnowledgeArticle:
    """Its author has to mend it; it does not come into force by itself any more."""
    before = article.state
    article.send_back()
    await tx.cancel_timer(PUBLISH, article.id)
    announce_state(tx, article, before, reason)
    return article


async def confirm_article(tx: Tx, article: KnowledgeArticle, review_time: datetime | None) -> KnowledgeArticle:
    """It still holds; the next look is at a time to come, or never."""
    check_coming("review_time", review_time, tx.now)
    before = article.state
    article.confirm(review_time)
    await _set_times(tx, article, {"review_time"})
    announce_state(tx, article, before)
    return article


async def restore_article(tx: Tx, article: KnowledgeArticle) -> KnowledgeArticle:
    """It is a draft again."""
    before = article.state
    article.restore()
    announce_state(tx, article, before)
    return article


async def review_is_due(tx: Tx, article: KnowledgeArticle) -> None:
    """Nobody looked at it in time: its keeper is told."""
    if article.become_stale(tx.now):
        tx.publish(article, events.KnowledgeArticleBecameStale())


def announce_state(tx: Tx, article: KnowledgeArticle, before: str, reason: str = "") -> None:
    """The article came into a state, or got a date, that has no event of its own."""
    previous = Message.State.Value(before)
    tx.publish(article, events.KnowledgeArticleStateChanged(previous_state=previous, reason=reason))


async def _set_times(tx: Tx, article: KnowledgeArticle, changed: set[str]) -> None:
    for field, kind in (("expire_time", EXPIRE), ("review_time", REVIEW)):
        if field in changed:
            due = getattr(article, field)
            check_coming(field, due, tx.now)
            if due is None:
                await tx.cancel_timer(kind, article.id)
            else:
                await tx.schedule(kind, article.id, due)

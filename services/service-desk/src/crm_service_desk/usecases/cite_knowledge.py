"""A reply is written with articles of the knowledge base: which version, and whether that solved the ticket."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, update

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain.article import Article
from crm_service_desk.domain.knowledge_version import knowledge_use

MOST_CITED = 10


async def cite_versions(tx: Tx, reply: Article, ids: Sequence[UUID]) -> None:
    """Keep with which versions the reply was written; InvalidArgument names those the caller cannot read."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return
    if len(wanted) > MOST_CITED:
        en, zh = f"At most {MOST_CITED} articles for one reply.", f"一次回复最多引用 {MOST_CITED} 篇文章。"
        raise InvalidArgument.of("knowledge_version_ids", "TOO_MANY", en, zh)
    found = await queries.versions_to_cite(tx, wanted)
    unknown = [at for at, id in enumerate(wanted) if id not in found]
    if unknown:
        en, zh = "This article is not in force or not for you. Choose another.", "该文章未发布或您无权查看，请另选。"
        raise InvalidArgument([Violation(f"knowledge_version_ids[{at}]", "NOT_FOUND", en, zh) for at in unknown])
    reply.knowledge_version_ids = wanted
    await tx.session.flush()
    rows = [
        {
            "article_id": reply.id,
            "knowledge_version_id": id,
            "knowledge_article_id": found[id],
            "ticket_id": reply.ticket_id,
            "solved": False,
            "create_time": tx.now,
        }
        for id in wanted
    ]
    await tx.session.execute(insert(knowledge_use), rows)


async def mark_solved(tx: Tx, ticket_id: UUID, *, solved: bool) -> None:
    """What the ticket was answered with did, or did not, solve it."""
    statement = update(knowledge_use).where(knowledge_use.c.ticket_id == ticket_id).values(solved=solved)
    await tx.session.execute(statement)

"""What readers see of the knowledge base: in force, and meant for them. Every read of versions goes through ``readable``."""

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from crm.service_desk.v1 import knowledge_article_pb2 as pb
from crm.service_desk.v1.ticket_pb2 import Ticket as TicketMessage
from sqlalchemy import Float, Text, and_, any_, case, cast, distinct, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.filtering import grams
from crm_kit.filtering.freetext import fold
from crm_kit.ids import parse_id
from crm_kit.principal import Scope
from crm_kit.tx import Tx
from crm_service_desk import mappings
from crm_service_desk.domain.knowledge_article import Audience
from crm_service_desk.domain.knowledge_version import OPEN_TO_ALL, KnowledgeVersion, knowledge_use

ARTICLES = "service_desk.knowledge_article.get"
"""Who may read articles as they are kept is one of our own people, as far as knowledge goes."""
FOR_THEM = unscoped("readable says for whom a version is meant")
WORD = re.compile(r"[a-z0-9]{3,}")
MOST_TERMS = 60
NEAR_ENOUGH = 0.15
"""Of all words of a ticket's subject, how much an article has to share to be worth showing."""

_columns = KnowledgeVersion.__table__.c


def readable(call: Call) -> ColumnElement[bool]:
    """Versions in force that are meant for the caller, wherever they were written."""
    return and_(_columns.in_force, _columns.delete_time.is_(None), _meant_for(call))


def _meant_for(call: Call) -> ColumnElement[bool]:
    reaches = call.principal.reach(ARTICLES)
    if any(reach.scope is Scope.ALL for reach in reaches):
        return true()
    allowed = [*OPEN_TO_ALL, Audience.INTERNAL] if reaches else list(OPEN_TO_ALL)
    paths = sorted({path for reach in reaches for path in _at_and_above(reach.unit_path)})
    mine = and_(_columns.audience == Audience.UNIT, _columns.unit_path == any_(literal(paths, ARRAY(Text()))))
    return or_(_columns.audience == any_(literal([str(each) for each in allowed], ARRAY(Text()))), mine)


def _at_and_above(path: str) -> Iterator[str]:
    parts = path.strip("/").split("/")
    yield "/"
    for count in range(1, len(parts) + 1):
        yield "/" + "/".join(parts[:count]) + "/"


async def version_seen(call: Call, id: str) -> pb.KnowledgeVersion:
    """The version as its reader sees it; NotFound when it is absent, not in force or not meant for the caller."""
    columns, write = mappings.knowledge_version.shown(())
    statement = select(*columns).where(_columns.id == parse_id(KnowledgeVersion, id), readable(call))
    async with call.db.connect() as connection:
        row = (await connection.execute(statement, execution_options=FOR_THEM)).one_or_none()
    if row is None:
        raise NotFound(resource="knowledge_version", id=id)
    return write(row)


async def versions_to_cite(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Of these versions, those the caller may read, each with its article."""
    statement = select(_columns.id, _columns.knowledge_article_id).where(_columns.id.in_(ids), readable(tx.call))
    rows = (await tx.session.execute(statement, execution_options=FOR_THEM)).all()
    return {row.id: row.knowledge_article_id for row in rows}


async def withdraw_versions(tx: Tx, knowledge_article_id: UUID) -> None:
    """What the article said is no longer in force."""
    statement = (
        update(KnowledgeVersion)
        .where(_columns.knowledge_article_id == knowledge_article_id, _columns.in_force)
        .values(in_force=False, version=_columns.version + 1, update_time=tx.now)
    )
    await tx.session.execute(statement, execution_options=FOR_THEM | {"synchronize_session": False})


async def add_counts(call: Call, articles: Sequence[pb.KnowledgeArticle]) -> None:
    """Fill the counts of articles that were read, all in one statement."""
    if not articles:
        return
    use = knowledge_use.c
    statement = (
        select(
            use.knowledge_article_id,
            func.count(distinct(use.article_id)).label("used"),
            func.count(distinct(use.ticket_id)).filter(use.solved).label("solved"),
        )
        .where(use.knowledge_article_id.in_([UUID(each.id) for each in articles]))
        .group_by(use.knowledge_article_id)
    )
    async with call.db.connect() as connection:
        found = {str(row.knowledge_article_id): row for row in (await connection.execute(statement)).all()}
    for each in articles:
        if each.id in found:
            each.used_count, each.solved_count = found[each.id].used, found[each.id].solved


async def suggested_versions(call: Call, ticket: TicketMessage, most: int) -> list[pb.KnowledgeVersion]:
    """What may answer the ticket, best first: the share of the subject's words found, those in titles counting thrice,
    and half a point each for its category and its product.
    """
    subject = fold(ticket.subject)
    pairs, words = grams(subject), WORD.findall(subject)
    terms = sorted({*pairs, *words})[:MOST_TERMS]
    near: list[ColumnElement[bool]] = [_columns.search_text.like(f"%{word}%") for word in words[:8]]
    if pairs:
        near.append(_columns.search_grams.overlap(pairs))
    extra: ColumnElement[float] = literal(0.0, Float())
    for field, value in (
        ("category", ticket.category),
        ("product_id", UUID(ticket.product_id) if ticket.product_id else None),
    ):
        if value:
            near.append(_columns[field] == value)
            extra = extra + case((_columns[field] == value, 0.5), else_=0.0)
    if not near:
        return []
    title = func.lower(_columns.title_en + " " + _columns.title_zh)
    shared = cast(_hits(terms, _columns.search_text) + 2 * _hits(terms, title), Float()) / (3 * max(len(terms), 1))
    columns, write = mappings.knowledge_version.shown(())
    score = (shared + extra).label("score")
    ranked = (
        select(*columns, score).where(readable(call), or_(*near)).order_by(score.desc(), _columns.number).limit(most)
    )
    async with call.db.connect() as connection:
        rows = (await connection.execute(ranked, execution_options=FOR_THEM)).all()
    return [write(row) for row in rows if row.score >= NEAR_ENOUGH]


def _hits(terms: Sequence[str], column: ColumnElement[str]) -> ColumnElement[int]:
    term = func.unnest(literal(list(terms), ARRAY(Text()))).column_valued("term")
    return select(func.count()).where(func.strpos(column, term) > 0).scalar_subquery()

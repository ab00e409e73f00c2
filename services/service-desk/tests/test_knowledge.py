"""The knowledge base: written, checked, in force for those it is meant for, and used to answer tickets."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from crm.service_desk.v1 import article_service_pb2, knowledge_article_pb2
from crm.service_desk.v1 import knowledge_article_service_pb2 as articles
from crm.service_desk.v1 import knowledge_version_service_pb2 as versions
from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1 import ticket_service_pb2 as tickets
from google.protobuf.field_mask_pb2 import FieldMask

from crm_kit.errors import InvalidArgument, NotFound
from crm_kit.principal import Principal, Scope
from crm_service_desk.domain.knowledge_article import KnowledgeArticle, KnowledgeArticleStateForbids, State

from .builders import instant, monday, stamp, tuesday
from .desk import AGENT, Desk, a_principal

Article = knowledge_article_pb2.KnowledgeArticle
PRODUCT = "01920000-0000-7000-8000-0000000000d1"
READING = ("service_desk.knowledge_version.*", Scope.ALL)


def a_dealer() -> Principal:
    grants = (READING, ("service_desk.ticket.*", Scope.SUBTREE))
    return Principal(subject=str(UUID(int=7)), unit_path="/hq/dealers/one/", grants=grants)


def a_seller(unit: str) -> Principal:
    grants = (READING, ("service_desk.knowledge_article.get", Scope.OWN))
    return Principal(subject=str(UUID(int=8)), unit_path=unit, grants=grants)


async def draft(desk: Desk, **facts: Any) -> Article:
    wanted = {"title_en": "Reset the gateway", "body_en": "Hold the button for ten seconds.", **facts}
    request = articles.CreateKnowledgeArticleRequest(knowledge_article=Article(**wanted))
    made: Article = await desk.do("CreateKnowledgeArticle", request)
    return made


async def published(desk: Desk, **facts: Any) -> Article:
    made = await draft(desk, **facts)
    await desk.do("SubmitKnowledgeArticle", articles.SubmitKnowledgeArticleRequest(id=made.id))
    out: Article = await desk.do("PublishKnowledgeArticle", articles.PublishKnowledgeArticleRequest(id=made.id))
    return out


async def change(desk: Desk, article: Article, **facts: Any) -> Article:
    message = Article(id=article.id, **facts)
    request = articles.UpdateKnowledgeArticleRequest(
        knowledge_article=message, update_mask=FieldMask(paths=list(facts))
    )
    changed: Article = await desk.do("UpdateKnowledgeArticle", request)
    return changed


async def found(desk: Desk, by: Principal | None = None, **query: Any) -> list[Any]:
    answer = await desk.do("ListKnowledgeVersions", versions.ListKnowledgeVersionsRequest(**query), by=by)
    return list(answer.knowledge_versions)


async def get(desk: Desk, article: Article) -> Article:
    kept: Article = await desk.do("GetKnowledgeArticle", articles.GetKnowledgeArticleRequest(id=article.id))
    return kept


async def test_an_article_is_written_checked_and_published_as_its_first_version(desk: Desk) -> None:
    made = await draft(desk, audience="PUBLIC", tags=["gateway"])
    assert (made.number[:8], made.state, made.owner_id) == ("KB-2026-", Article.DRAFT, str(AGENT))
    assert await found(desk) == []
    out = await published(desk, audience="PUBLIC", tags=["gateway"])
    assert (out.state, out.published_version) == (Article.PUBLISHED, 1)
    [version] = await found(desk)
    assert (version.knowledge_article_id, version.edition, version.body_en) == (out.id, 1, out.body_en)
    [told] = await desk.events(events.KnowledgeArticlePublished)
    assert (told.knowledge_version, told.knowledge_article.id) == (version, out.id)


async def test_an_edit_is_a_draft_until_it_is_published_and_each_version_stays_what_it_was(desk: Desk) -> None:
    article = await published(desk)
    edited = await change(desk, article, body_en="Pull the plug.")
    assert (edited.state, edited.published_version) == (Article.DRAFT, 1)
    assert [each.body_en for each in await found(desk)] == ["Hold the button for ten seconds."]
    await desk.do("SubmitKnowledgeArticle", articles.SubmitKnowledgeArticleRequest(id=article.id))
    await desk.do("PublishKnowledgeArticle", articles.PublishKnowledgeArticleRequest(id=article.id))
    request = articles.ListKnowledgeArticleVersionsRequest(knowledge_article_id=article.id)
    history = (await desk.do("ListKnowledgeArticleVersions", request)).knowledge_versions
    assert [(each.edition, each.in_force, each.body_en) for each in history] == [
        (2, True, "Pull the plug."),
        (1, False, "Hold the button for ten seconds."),
    ]


@pytest.mark.parametrize(
    ("audience", "dealer", "here", "elsewhere"),
    [("PUBLIC", 1, 1, 1), ("CUSTOMER", 1, 1, 1), ("INTERNAL", 0, 1, 1), ("UNIT", 0, 1, 0)],
)
async def test_readers_see_what_is_meant_for_them_in_lists_searches_and_by_id(
    desk: Desk, audience: str, dealer: int, here: int, elsewhere: int
) -> None:
    await published(desk, audience=audience, title_zh="网关重置", body_zh="按住按钮十秒。")
    [version] = await found(desk)
    for reader, sees in ((a_dealer(), dealer), (a_seller("/hq/east/shop/"), here), (a_seller("/hq/west/"), elsewhere)):
        assert len(await found(desk, reader)) == len(await found(desk, reader, search="重置")) == sees
        request = versions.GetKnowledgeVersionRequest(id=version.id)
        if sees:
            assert (await desk.do("GetKnowledgeVersion", request, by=reader)).id == version.id
        else:
            with pytest.raises(NotFound):
                await desk.do("GetKnowledgeVersion", request, by=reader)


async def test_a_scheduled_article_comes_into_force_by_itself_and_leaves_it_when_it_expires(desk: Desk) -> None:
    desk.now = monday("10:00")
    article = await draft(desk, expire_time=stamp(tuesday("09:00")))
    await desk.do("SubmitKnowledgeArticle", articles.SubmitKnowledgeArticleRequest(id=article.id))
    later = articles.PublishKnowledgeArticleRequest(id=article.id, publish_time=stamp(monday("12:00")))
    waiting = await desk.do("PublishKnowledgeArticle", later)
    assert (waiting.state, instant(waiting.scheduled_publish_time)) == (Article.IN_REVIEW, monday("12:00"))
    await desk.fire_timers(at="11:59")
    assert await found(desk) == []
    await desk.fire_timers(at="12:00")
    assert len(await found(desk)) == 1
    await desk.fire_timers(at=tuesday("09:00"))
    assert await found(desk) == []
    assert (await get(desk, article)).state == Article.ARCHIVED


async def test_what_was_sent_back_does_not_come_into_force_by_itself(desk: Desk) -> None:
    desk.now = monday("10:00")
    article = await draft(desk)
    await desk.do("SubmitKnowledgeArticle", articles.SubmitKnowledgeArticleRequest(id=article.id))
    later = articles.PublishKnowledgeArticleRequest(id=article.id, publish_time=stamp(monday("12:00")))
    await desk.do("PublishKnowledgeArticle", later)
    back = articles.ReturnKnowledgeArticleRequest(id=article.id, reason="no screenshots")
    assert (await desk.do("ReturnKnowledgeArticle", back)).state == Article.DRAFT
    await desk.fire_timers(at="13:00")
    assert await found(desk) == []
    assert [told.reason for told in await desk.events(events.KnowledgeArticleStateChanged)][-1] == "no screenshots"


async def test_an_overdue_review_makes_it_stale_and_confirming_ends_that(desk: Desk) -> None:
    desk.now = monday("10:00")
    article = await published(desk, review_time=stamp(monday("15:00")))
    await desk.fire_timers(at="15:00")
    assert (await get(desk, article)).state == Article.STALE
    [told] = await desk.events(events.KnowledgeArticleBecameStale)
    assert told.knowledge_article.owner_id == str(AGENT)
    assert len(await found(desk)) == 1
    again = articles.ConfirmKnowledgeArticleRequest(id=article.id, review_time=stamp(tuesday("15:00")))
    assert (await desk.do("ConfirmKnowledgeArticle", again)).state == Article.PUBLISHED


async def test_an_archived_article_is_found_no_more_and_its_restored_draft_neither(desk: Desk) -> None:
    article = await published(desk)
    await desk.do("ArchiveKnowledgeArticle", articles.ArchiveKnowledgeArticleRequest(id=article.id))
    with pytest.raises(KnowledgeArticleStateForbids):
        await change(desk, article, title_en="Other")
    restored = await desk.do("RestoreKnowledgeArticle", articles.RestoreKnowledgeArticleRequest(id=article.id))
    assert (restored.state, restored.published_version) == (Article.DRAFT, 0)
    assert await found(desk) == []


async def test_a_language_with_a_title_needs_its_text(desk: Desk) -> None:
    article = await draft(desk, title_zh="网关重置")
    with pytest.raises(InvalidArgument) as caught:
        await desk.do("SubmitKnowledgeArticle", articles.SubmitKnowledgeArticleRequest(id=article.id))
    assert [(each.field, each.reason) for each in caught.value.violations] == [("body_zh", "REQUIRED")]


async def test_the_times_of_an_article_lie_ahead(desk: Desk) -> None:
    with pytest.raises(InvalidArgument) as caught:
        await draft(desk, review_time=stamp(desk.now - timedelta(days=1)))
    assert [each.field for each in caught.value.violations] == ["review_time"]


async def test_articles_are_suggested_by_the_words_the_category_and_the_product_of_a_ticket(desk: Desk) -> None:
    words = await published(desk, title_zh="网关离线怎么办", body_zh="请重启网关。")
    category = await published(desk, title_en="Opening hours", category="gateway")
    both = await published(
        desk, title_zh="网关离线：型号 X", body_zh="更换天线。", product_id=PRODUCT, category="gateway"
    )
    await published(desk, title_en="Invoices", body_en="See the portal.")
    ticket = await desk.open_ticket(subject="网关离线", category="gateway", product_id=PRODUCT)
    request = versions.SearchKnowledgeForTicketRequest(ticket_id=ticket.id)
    suggested = (await desk.do("SearchKnowledgeForTicket", request)).knowledge_versions
    assert [each.knowledge_article_id for each in suggested] == [both.id, words.id, category.id]


async def test_nothing_is_suggested_to_whom_it_is_not_meant_for(desk: Desk) -> None:
    await published(desk, title_en="Gateway margins", audience="INTERNAL")
    await published(desk, title_en="Gateway reset", audience="CUSTOMER")
    ticket = await desk.open_ticket(subject="gateway")
    request = versions.SearchKnowledgeForTicketRequest(ticket_id=ticket.id)
    dealer = Principal(subject=str(UUID(int=7)), unit_path="/hq/east/", grants=a_dealer().grants)
    suggested = (await desk.do("SearchKnowledgeForTicket", request, by=dealer)).knowledge_versions
    assert [each.title_en for each in suggested] == ["Gateway reset"]
    with pytest.raises(NotFound):
        await desk.do("SearchKnowledgeForTicket", request, by=a_dealer())


async def test_a_reply_keeps_its_version_and_the_article_counts_uses_and_solved_tickets(desk: Desk) -> None:
    article = await published(desk)
    [version] = await found(desk)
    ticket = await desk.open_ticket()
    reply = tickets.ReplyToTicketRequest(id=ticket.id, body="Hold it.", knowledge_version_ids=[version.id])
    await desk.do("ReplyToTicket", reply)
    await desk.do("ReplyToTicket", reply)
    listed = await desk.do("ListArticles", article_service_pb2.ListArticlesRequest(ticket_id=ticket.id))
    assert [list(each.knowledge_version_ids) for each in listed.articles] == [[version.id]] * 2
    counted = await get(desk, article)
    assert (counted.used_count, counted.solved_count) == (2, 0)
    solved = tickets.ResolveTicketRequest(id=ticket.id, resolution_code="answered", resolution="It works.")
    await desk.do("ResolveTicket", solved)
    assert (await get(desk, article)).solved_count == 1
    await desk.do("ReopenTicket", tickets.ReopenTicketRequest(id=ticket.id, reason="again"))
    assert (await get(desk, article)).solved_count == 0


async def test_a_reply_names_only_what_its_writer_may_read(desk: Desk) -> None:
    await published(desk, audience="INTERNAL")
    [version] = await found(desk)
    ticket = await desk.open_ticket()
    reply = tickets.ReplyToTicketRequest(id=ticket.id, body="Hold it.", knowledge_version_ids=[version.id])
    grants = (("service_desk.ticket.*", Scope.ALL), READING)
    with pytest.raises(InvalidArgument) as caught:
        await desk.do("ReplyToTicket", reply, by=Principal(subject=str(AGENT), unit_path="/hq/east/", grants=grants))
    assert [each.field for each in caught.value.violations] == ["knowledge_version_ids[0]"]


async def test_an_article_is_kept_by_its_unit_alone(desk: Desk) -> None:
    article = await published(desk)
    stranger = a_principal(Scope.UNIT, user=UUID(int=9), unit="/hq/west/")
    with pytest.raises(NotFound):
        await desk.do("GetKnowledgeArticle", articles.GetKnowledgeArticleRequest(id=article.id), by=stranger)


@pytest.mark.parametrize("state", [State.DRAFT, State.PUBLISHED, State.STALE, State.ARCHIVED])
def test_only_what_is_in_review_is_published(state: State) -> None:
    article = KnowledgeArticle(number="KB-1", title_en="x", state=state)
    with pytest.raises(KnowledgeArticleStateForbids, match="IN_REVIEW"):
        article.publish(monday("10:00"))

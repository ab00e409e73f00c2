"""The knowledge article: what its authors write and keep, and the moves it may make until readers see it and after."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import newest_index, scope_index
from crm_kit.errors import FailedPrecondition, InvalidArgument, Violation
from crm_kit.searchable import Searchable, search_indexes
from crm_service_desk.domain.record import Record

LONGEST_LINE, LONGEST_BODY, MOST_TAGS = 200, 50_000, 20
LANGUAGES = ("en", "zh")
SAID = ("audience", "title_en", "title_zh", "body_en", "body_zh", "category", "product_id", "tags")
"""What a version repeats: editing any of it has to be checked before readers see it."""


class Audience(StrEnum):
    """For whom an article is meant; the contract describes each value."""

    PUBLIC = "PUBLIC"
    CUSTOMER = "CUSTOMER"
    INTERNAL = "INTERNAL"
    UNIT = "UNIT"


class State(StrEnum):
    """Where an article is in its life; the contract describes each value."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    PUBLISHED = "PUBLISHED"
    STALE = "STALE"
    ARCHIVED = "ARCHIVED"


IN_FORCE = frozenset({State.PUBLISHED, State.STALE})


class KnowledgeArticleStateForbids(FailedPrecondition):
    """The move is not possible from the article's state. Facts: number, state, allowed."""

    en = "Article {number} is {state}; this is possible from {allowed} only."
    zh = "知识文章 {number} 处于 {state} 状态；只有 {allowed} 状态可以这样操作。"


class KnowledgeArticle(Searchable, Record):
    """What the house knows about a matter (知识文章). ``published_version`` is the edition readers see, 0 for none."""

    __tablename__ = "knowledge_article"
    __searched__ = ("number", "title_en", "title_zh", "category", "body_en", "body_zh")

    number: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=State.DRAFT)
    audience: Mapped[str] = mapped_column(default=Audience.INTERNAL)
    title_en: Mapped[str] = mapped_column(default="")
    title_zh: Mapped[str] = mapped_column(default="")
    body_en: Mapped[str] = mapped_column(default="")
    body_zh: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="")
    product_id: Mapped[UUID | None] = mapped_column(default=None)
    tags: Mapped[list[str]] = mapped_column(default_factory=list)
    published_version: Mapped[int] = mapped_column(Integer(), default=0)
    latest_version: Mapped[int] = mapped_column(Integer(), default=0)
    publish_time: Mapped[datetime | None] = mapped_column(default=None)
    scheduled_publish_time: Mapped[datetime | None] = mapped_column(default=None)
    expire_time: Mapped[datetime | None] = mapped_column(default=None)
    review_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        scope_index("knowledge_article"),
        newest_index("knowledge_article"),
        *search_indexes("knowledge_article"),
        Index("ix_knowledge_article_number", "number"),
    )

    def edited(self, changed: set[str]) -> None:
        """Its facts were changed: what nobody checked is a draft. An archived article is read-only."""
        self._require(State.DRAFT, State.IN_REVIEW, State.PUBLISHED, State.STALE)
        self.check()
        if changed & set(SAID):
            self.state, self.scheduled_publish_time = State.DRAFT, None

    def submit(self) -> None:
        """Hand it in; a language that has a title needs its body, and one of them has both."""
        self._require(State.DRAFT)
        faults = list(self._gaps())
        if faults:
            raise InvalidArgument(faults)
        self.state = State.IN_REVIEW

    def send_back(self) -> None:
        """It has to be mended."""
        self._require(State.IN_REVIEW)
        self.state, self.scheduled_publish_time = State.DRAFT, None

    def schedule(self, publish_time: datetime) -> None:
        """It was checked and comes into force later."""
        self._require(State.IN_REVIEW)
        self.scheduled_publish_time = publish_time

    def publish(self, now: datetime) -> None:
        """What it says is in force, as its next edition."""
        self._require(State.IN_REVIEW)
        self.state, self.scheduled_publish_time, self.publish_time = State.PUBLISHED, None, now
        self.latest_version += 1
        self.published_version = self.latest_version

    def confirm(self, review_time: datetime | None) -> None:
        """Somebody checked that it still holds."""
        self._require(*IN_FORCE)
        self.state, self.review_time = State.PUBLISHED, review_time

    def become_stale(self, now: datetime) -> bool:
        """Its review is overdue; one that is being rewritten, or was confirmed meanwhile, is not stale."""
        overdue = self.state == State.PUBLISHED and self.review_time is not None and self.review_time <= now
        if overdue:
            self.state = State.STALE
        return overdue

    def archive(self) -> None:
        """Readers see it no more."""
        self._require(State.DRAFT, State.IN_REVIEW, State.PUBLISHED, State.STALE)
        self.state, self.published_version, self.scheduled_publish_time = State.ARCHIVED, 0, None

    def restore(self) -> None:
        """It is written again; its old times are over."""
        self._require(State.ARCHIVED)
        self.state, self.expire_time, self.review_time = State.DRAFT, None, None

    def check(self) -> None:
        """Raises InvalidArgument with everything that is too long or too many, and when it would have no name at all."""
        self.audience = self.audience or Audience.INTERNAL
        faults = list(self._faults())
        if faults:
            raise InvalidArgument(faults)

    def _require(self, *allowed: State) -> None:
        if self.state not in allowed:
            raise KnowledgeArticleStateForbids(number=self.number, state=self.state, allowed=", ".join(sorted(allowed)))

    def _faults(self) -> Iterator[Violation]:
        if not (self.title_en or self.title_zh):
            yield Violation("title_zh", "REQUIRED", "Give a title in one language.", "请至少填写一种语言的标题。")
        limits = {"title_en": LONGEST_LINE, "title_zh": LONGEST_LINE, "category": LONGEST_LINE}
        for name, most in {**limits, "body_en": LONGEST_BODY, "body_zh": LONGEST_BODY}.items():
            if len(getattr(self, name)) > most:
                yield Violation(name, "TOO_LONG", f"At most {most} characters.", f"最多 {most} 个字符。")
        if len(self.tags) > MOST_TAGS:
            yield Violation("tags", "TOO_MANY", f"At most {MOST_TAGS} tags.", f"最多 {MOST_TAGS} 个标签。")

    def _gaps(self) -> Iterator[Violation]:
        for language in LANGUAGES:
            title, body = getattr(self, f"title_{language}"), getattr(self, f"body_{language}")
            if title and not body:
                yield Violation(
                    f"body_{language}", "REQUIRED", "Write what belongs to this title.", "请填写该标题的正文。"
                )
            if body and not title:
                yield Violation(f"title_{language}", "REQUIRED", "Give this text a title.", "请为该正文填写标题。")


def check_coming(field: str, instant: datetime | None, now: datetime) -> None:
    """Raises InvalidArgument for a time that something is to happen at and that is over."""
    if instant is not None and instant <= now:
        raise InvalidArgument.of(field, "NOT_IN_THE_FUTURE", "Give a time to come.", "请填写将来的时间。")

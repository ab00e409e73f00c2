"""What articles said when they were published, and which replies were written with them."""

from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Index, Integer, Table, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import newest_index
from crm_kit.searchable import Searchable, search_indexes
from crm_service_desk.domain.knowledge_article import SAID, Audience, KnowledgeArticle
from crm_service_desk.domain.record import Record

OPEN_TO_ALL = (Audience.PUBLIC, Audience.CUSTOMER)
"""What dealers read as well; the rest is for our own people."""


class KnowledgeVersion(Searchable, Record):
    """What an article said when it was published; only whether it is in force changes (知识版本)."""

    __tablename__ = "knowledge_version"
    __unscoped__ = "seen by those it is meant for, wherever they work; every read asks that first"
    __searched__ = ("number", "title_en", "title_zh", "category", "body_en", "body_zh")

    knowledge_article_id: Mapped[UUID] = mapped_column(ForeignKey("knowledge_article.id"), default=None)
    number: Mapped[str] = mapped_column(default="")
    edition: Mapped[int] = mapped_column(Integer(), default=0)
    in_force: Mapped[bool] = mapped_column(default=True)
    audience: Mapped[str] = mapped_column(default="")
    title_en: Mapped[str] = mapped_column(default="")
    title_zh: Mapped[str] = mapped_column(default="")
    body_en: Mapped[str] = mapped_column(default="")
    body_zh: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="")
    product_id: Mapped[UUID | None] = mapped_column(default=None)
    tags: Mapped[list[str]] = mapped_column(default_factory=list)
    publisher_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (
        newest_index("knowledge_version"),
        *search_indexes("knowledge_version"),
        Index("uq_knowledge_version_edition", "knowledge_article_id", "edition", unique=True),
        Index("uq_knowledge_version_in_force", "knowledge_article_id", unique=True, postgresql_where=text("in_force")),
        Index("ix_knowledge_version_category", "category", postgresql_where=text("in_force AND category <> ''")),
        Index("ix_knowledge_version_product_id", "product_id", postgresql_where=text("in_force")),
    )

    @classmethod
    def of(cls, article: KnowledgeArticle, publisher_id: UUID | None) -> "KnowledgeVersion":
        """What the article says now, as the edition it was just given."""
        return cls(
            knowledge_article_id=article.id,
            number=article.number,
            edition=article.published_version,
            unit_path=article.unit_path,
            publisher_id=publisher_id,
            **{name: getattr(article, name) for name in SAID},
        )


knowledge_use = Table(
    "knowledge_use",
    Record.metadata,
    Column("article_id", Uuid, ForeignKey("article.id"), primary_key=True),
    Column("knowledge_version_id", Uuid, ForeignKey("knowledge_version.id"), primary_key=True),
    Column("knowledge_article_id", Uuid, nullable=False),
    Column("ticket_id", Uuid, ForeignKey("ticket.id"), nullable=False),
    # Whether the ticket is solved: follows its resolving and reopening.
    Column("solved", Boolean, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Index("ix_knowledge_use_counts", "knowledge_article_id", "solved", "ticket_id"),
    Index("ix_knowledge_use_ticket_id", "ticket_id"),
)
"""Which reply was written with which version; the counts of articles come from it."""

"""One entry in a ticket's conversation; written once, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_service_desk.domain.record import Record

PUBLIC_REPLY = "PUBLIC_REPLY"
INTERNAL_NOTE = "INTERNAL_NOTE"
CUSTOMER_MESSAGE = "CUSTOMER_MESSAGE"

DIRECTIONS = {PUBLIC_REPLY: "OUTBOUND", INTERNAL_NOTE: "INTERNAL", CUSTOMER_MESSAGE: "INBOUND"}

SUMMARY_LENGTH = 200


class Article(Record):
    """What was said, by whom. Seen by whoever sees its ticket."""

    __tablename__ = "article"
    __unscoped__ = "seen by whoever sees its ticket; the servicer asks that first"

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.id"), default=None)
    kind: Mapped[str] = mapped_column(default="")
    direction: Mapped[str] = mapped_column(default="")
    author_id: Mapped[UUID | None] = mapped_column(default=None)
    author_name: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(default="")
    automatic: Mapped[bool] = mapped_column(default=False)
    external_id: Mapped[str] = mapped_column(default="")
    occur_time: Mapped[datetime] = mapped_column(default=None)
    knowledge_version_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)

    __table_args__ = (
        Index("ix_article_ticket_id", "ticket_id", text("create_time DESC"), text("id DESC")),
        Index(
            "ix_article_external_id",
            "external_id",
            "ticket_id",
            unique=True,
            postgresql_where=text("external_id <> ''"),
        ),
    )

    @property
    def summary(self) -> str:
        """The beginning of what was said, in one line of at most 200 characters."""
        line = " ".join(self.body.split())
        return line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1] + "…"

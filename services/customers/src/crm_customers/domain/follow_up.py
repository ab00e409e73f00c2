"""Contact moments with customers, logged by hand (C20)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_customers.domain.record import Record


class FollowUp(Record):
    """One contact moment (跟进记录). Owner and unit are the customer's: who sees the customer sees what was said."""

    __tablename__ = "follow_up"

    customer_id: Mapped[UUID] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    opportunity_id: Mapped[UUID | None] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(default="")
    direction: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    occur_time: Mapped[datetime] = mapped_column(default=None)
    next_step: Mapped[str] = mapped_column(default="")
    next_time: Mapped[datetime | None] = mapped_column(default=None)
    author_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (
        Index("ix_follow_up_customer", "customer_id", text("occur_time DESC"), text("id DESC")),
        Index(
            "ix_follow_up_latest",
            text("occur_time DESC"),
            text("id DESC"),
            postgresql_include=["unit_path", "owner_id"],
            postgresql_where=text("delete_time IS NULL AND pending_operation_id IS NULL"),
        ),
    )

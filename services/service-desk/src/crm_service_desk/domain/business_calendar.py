"""Calendars as administrators keep them, with every revision of their hours."""

from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_service_desk.domain import working_hours
from crm_service_desk.domain.calendar import WorkingHours
from crm_service_desk.domain.record import Record

HOURS_FIELDS = frozenset({"time_zone", "weekly", "overrides"})
"""What makes a new revision when it changes."""


class Calendar(Record):
    """When a part of the enterprise works."""

    __tablename__ = "calendar"
    __unscoped__ = "everybody who works on tickets may know when their clocks count"

    name: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="")
    weekly: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    overrides: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    is_default: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(Integer(), default=1)

    __table_args__ = (Index("uq_calendar_is_default", "is_default", unique=True, postgresql_where=text("is_default")),)

    @property
    def hours(self) -> WorkingHours:
        """The hours of the present revision; raises InvalidArgument with every fault in their written form."""
        return working_hours.parse(self.time_zone, self.weekly, self.overrides)


calendar_revision = Table(
    "calendar_revision",
    Record.metadata,
    Column("calendar_id", Uuid, ForeignKey("calendar.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("time_zone", Text, nullable=False),
    Column("weekly", JSONB, nullable=False),
    Column("overrides", JSONB, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
)
"""Hours as they were; never changed, because counted time must stay explicable."""

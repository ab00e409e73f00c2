"""Further posts a person holds beside the own unit and roles (岗位)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.errors import InvalidArgument


class Position(Record):
    """Roles in a unit, from a moment until another; both take effect by themselves. It belongs to its holder."""

    __tablename__ = "position"

    user_id: Mapped[UUID] = mapped_column(default=None)
    unit_id: Mapped[UUID] = mapped_column(default=None)
    title: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[str]] = mapped_column(default_factory=list)
    start_time: Mapped[datetime | None] = mapped_column(default=None)
    end_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        Index("ix_position_user_id", "user_id"),
        Index("ix_position_unit_path", "unit_path", "id"),
    )

    def check(self, now: datetime) -> None:
        """It ends after it begins, and not before now."""
        if self.end_time is not None and self.end_time <= max(now, self.start_time or now):
            raise InvalidArgument.of(
                "end_time",
                "ENDS_BEFORE_IT_BEGINS",
                "Choose an end after the start and after now; remove the position to end it at once.",
                "结束时间必须晚于开始时间和当前时间；如需立即结束，请删除该岗位。",
            )

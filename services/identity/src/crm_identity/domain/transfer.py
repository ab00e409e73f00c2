"""Records of one person become another's (移交, domain rule 1.9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.errors import FailedPrecondition

SCHEDULED, RUNNING, DONE, CANCELLED = "SCHEDULED", "RUNNING", "DONE", "CANCELLED"


class TransferBegun(FailedPrecondition):
    """Records have changed hands already. Facts: id, state."""

    en = "This transfer is {state} and cannot be cancelled. Make one in the other direction."
    zh = "该移交状态为 {state}，不能取消；可反向新建一次移交。"


class Transfer(Record):
    """From whom to whom and when; ``parts`` say of each service whether it is through and what it handed over."""

    __tablename__ = "transfer"

    from_user_id: Mapped[UUID] = mapped_column(default=None)
    to_user_id: Mapped[UUID] = mapped_column(default=None)
    kinds: Mapped[list[str]] = mapped_column(default_factory=list)
    effective_time: Mapped[datetime | None] = mapped_column(default=None)
    keep_reading: Mapped[bool] = mapped_column(default=False)
    disable_user: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=SCHEDULED)
    state_reason: Mapped[str] = mapped_column(default="")
    parts: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)

    __table_args__ = (
        Index("ix_transfer_unit_path", "unit_path", "id"),
        Index("ix_transfer_from_user_id", "from_user_id"),
    )

    def cancel(self) -> None:
        """Only what has not begun can be stopped."""
        if self.state != SCHEDULED:
            raise TransferBegun(id=self.id, state=self.state)
        self.state = CANCELLED

    def start(self, keepers: Sequence[str]) -> None:
        """Its time has come; the services named keep records."""
        self.state = RUNNING
        self.parts = [{"service": service, "done": False, "moved": {}} for service in sorted(keepers)]
        self._finish()

    def report(self, service: str, moved: Mapping[str, int]) -> bool:
        """A service is through; answers whether it said so for the first time."""
        mine = next((part for part in self.parts if part["service"] == service), None)
        if mine is None or mine["done"]:
            return False
        done = {"service": service, "done": True, "moved": dict(moved)}
        self.parts = [done if part is mine else part for part in self.parts]
        self._finish()
        return True

    def _finish(self) -> None:
        if all(part["done"] for part in self.parts):
            self.state = DONE

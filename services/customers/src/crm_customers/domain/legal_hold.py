"""What must not be forgotten while somebody has to be able to prove it (法律保留, domain rule 8.8)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_customers.domain.record import Record
from crm_kit.entity import scope_index
from crm_kit.errors import FailedPrecondition


class LegalHoldReleased(FailedPrecondition):
    """A hold ends once. Facts: id."""

    en = "This legal hold was released already. Place a new one if it is needed again."
    zh = "该法律保留已解除；如仍需要，请新建。"


class SubjectOnHold(FailedPrecondition):
    """A legal hold beats an erasure. Facts: hold_ids."""

    en = "A legal hold ({hold_ids}) forbids erasing this person. Release it, or refuse the request with that reason."
    zh = "该个人处于法律保留（{hold_ids}）中，不能删除。请先解除保留，或以此为由拒绝请求。"


class ErasureUnderWay(FailedPrecondition):
    """What is being erased can no longer be held. Facts: record_id."""

    en = "The personal data of {record_id} is being erased and can no longer be held."
    zh = "{record_id} 的个人信息正在删除，无法再保留。"


class LegalHold(Record):
    """One hold on one record; it belongs to the enterprise, so only a scope of all reaches it."""

    __tablename__ = "legal_hold"

    resource: Mapped[str] = mapped_column(default="")
    record_id: Mapped[UUID] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(default="")
    until_time: Mapped[datetime | None] = mapped_column(default=None)
    release_time: Mapped[datetime | None] = mapped_column(default=None)
    release_reason: Mapped[str] = mapped_column(default="")
    placer_id: Mapped[UUID | None] = mapped_column(default=None)
    releaser_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (scope_index("legal_hold"), Index("ix_legal_hold_record_id", "record_id"))

    def release(self, reason: str, user_id: UUID | None, now: datetime) -> None:
        """Somebody answers for its end."""
        if self.release_time is not None:
            raise LegalHoldReleased(id=self.id)
        self.release_time, self.release_reason, self.releaser_id = now, reason, user_id

"""Acting in somebody's name for a while (委托, domain rule 1.10)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.errors import InvalidArgument, PermissionDenied, Violation

LONGEST = timedelta(days=180)
MOST_AT_ONCE = 20


class NotInAnothersName(PermissionDenied):
    """What was lent cannot be lent or given on, nor does it open the lender's own account."""

    en = "This cannot be done in somebody else's name. Do it as yourself, without X-On-Behalf-Of."
    zh = "不能以他人名义执行此操作，请去掉 X-On-Behalf-Of，以本人身份操作。"


class DelegationMissing(PermissionDenied):
    """Nobody of that id has lent the caller anything that holds now."""

    en = "This user has not delegated anything to you, or the delegation is over."
    zh = "该用户没有委托您代办，或委托已结束。"


class Delegation(Record):
    """``permissions`` are patterns; all of the delegator's rights when there are none. It belongs to the delegator."""

    __tablename__ = "delegation"

    delegator_id: Mapped[UUID] = mapped_column(default=None)
    delegate_id: Mapped[UUID] = mapped_column(default=None)
    permissions: Mapped[list[str]] = mapped_column(default_factory=list)
    start_time: Mapped[datetime | None] = mapped_column(default=None)
    end_time: Mapped[datetime] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index("ix_delegation_delegate_id", "delegate_id"),
        Index("ix_delegation_delegator_id", "delegator_id"),
        Index("ix_delegation_unit_path", "unit_path", "id"),
    )

    def check(self, now: datetime) -> None:
        """To somebody else, and for a time that is still to come and not too long."""
        begins = max(self.start_time or now, now)
        wrong: list[Violation] = []
        if self.delegate_id == self.delegator_id:
            en, zh = "Choose somebody else than the delegator.", "受托人不能是委托人本人。"
            wrong.append(Violation("delegate_id", "SELF", en, zh))
        if self.end_time <= begins:
            en, zh = "Choose an end after the start and after now.", "结束时间必须晚于开始时间和当前时间。"
            wrong.append(Violation("end_time", "ENDS_BEFORE_IT_BEGINS", en, zh))
        elif self.end_time - begins > LONGEST:
            en, zh = f"Choose an end within {LONGEST.days} days.", f"委托期限最长 {LONGEST.days} 天。"
            wrong.append(Violation("end_time", "TOO_LONG", en, zh))
        if wrong:
            raise InvalidArgument(wrong)

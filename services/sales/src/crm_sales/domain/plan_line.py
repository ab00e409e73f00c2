"""One payment a contract promises (domain rule 4.7)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import scope_index
from crm_kit.errors import FailedPrecondition
from crm_kit.money import ZERO, money_text
from crm_sales.domain import payment_plan
from crm_sales.domain.payment_plan import LineState
from crm_sales.domain.record import Amount, Percent, Record


class NothingOpen(FailedPrecondition):
    """More, or nothing, is to be given up or paid. Facts: name, open, amount, currency."""

    en = "{open} {currency} is open on {name}; {amount} {currency} is not a part of that."
    zh = "“{name}”未结金额为 {open} {currency}，{amount} {currency} 不在其范围内。"


class PlanLine(Record):
    """Part of a contract; changes only under the contract's lock. State and open amount are derived."""

    __tablename__ = "plan_line"
    __table_args__ = (
        scope_index("plan_line"),
        Index("ix_plan_line_state_due", "state", "due_date"),
        Index("ix_plan_line_customer_id", "customer_id"),
        UniqueConstraint("contract_id", "position", deferrable=True, initially="DEFERRED"),
    )

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id"), default=None)
    customer_id: Mapped[UUID] = mapped_column(default=None)
    position: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(default="")
    percent: Mapped[Percent | None] = mapped_column(default=None)
    currency: Mapped[str] = mapped_column(default="")
    planned_amount: Mapped[Amount] = mapped_column(default=ZERO)
    trigger: Mapped[str] = mapped_column(default="ON_DATE")
    offset_days: Mapped[int] = mapped_column(default=0)
    due_date: Mapped[date | None] = mapped_column(default=None)
    method: Mapped[str] = mapped_column(default="")
    paid_amount: Mapped[Amount] = mapped_column(default=ZERO)
    written_off_amount: Mapped[Amount] = mapped_column(default=ZERO)
    open_amount: Mapped[Amount] = mapped_column(default=ZERO)
    state: Mapped[str] = mapped_column(default=LineState.INACTIVE.value)
    pay_time: Mapped[datetime | None] = mapped_column(default=None)
    cancelled: Mapped[bool] = mapped_column(default=False)

    def activate(self, trigger: str, day: date) -> None:
        """The trigger happened on a day: the due day follows from it."""
        if self.trigger == trigger and self.due_date is None:
            self.due_date = day + timedelta(days=self.offset_days)

    def pay(self, amount: Decimal, now: datetime) -> None:
        """Apply part of a confirmed receipt."""
        self._need_open(amount)
        self.paid_amount += amount
        if payment_plan.open_amount(self) == 0:
            self.pay_time = now

    def take_back(self, amount: Decimal) -> None:
        """Undo what a reversed receipt had paid; also on a line that was cancelled since."""
        self.paid_amount -= amount
        self.pay_time = None

    def write_off(self, amount: Decimal) -> None:
        """Give up part of what is open."""
        self._need_open(amount)
        self.written_off_amount += amount

    def derive(self, *, live: bool, today: date) -> LineState:
        """Set and answer what follows from the facts on a day in the customer's zone."""
        self.open_amount = payment_plan.open_amount(self)
        state = payment_plan.line_state(self, live=live, today=today)
        self.state = state.value
        return state

    def _need_open(self, amount: Decimal) -> None:
        found = payment_plan.open_amount(self)
        if amount > found or amount <= 0:
            raise NothingOpen(
                name=self.name or str(self.position),
                open=money_text(found, self.currency),
                amount=money_text(amount, self.currency),
                currency=self.currency,
            )

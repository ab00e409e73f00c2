"""What was agreed with a customer, and the payments it promises (domain rules 4.6 and 4.7)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_kit.entity import newest_index, scope_index
from crm_kit.money import ZERO, rounded, storable
from crm_sales.domain import payment_plan
from crm_sales.domain.contract_errors import ContractNeedsApproval, ContractNotEditable, ContractNotInState
from crm_sales.domain.payment_plan import LineState, Share
from crm_sales.domain.plan_line import PlanLine
from crm_sales.domain.record import Amount, Record, Searchable, search_indexes

LIVE = frozenset({"SIGNED", "EXECUTING", "FULFILLED", "ARCHIVED", "TERMINATED", "EXPIRED"})
"""Signed at some time: its payments are owed."""
PAYABLE = ("SIGNED", "EXECUTING", "FULFILLED", "TERMINATED", "EXPIRED")
"""Receipts may still be confirmed."""


@dataclass(frozen=True, slots=True)
class PlanChange:
    """Lines that became overdue or paid just now."""

    overdue: list[PlanLine]
    paid: list[PlanLine]


class Contract(Searchable, Record):
    """The aggregate of a contract: its facts, and the plan whose lines always add up to its value."""

    __tablename__ = "contract"
    __searched__ = ("number", "name")
    __table_args__ = (
        scope_index("contract"),
        newest_index("contract"),
        Index("ix_contract_customer_id", "customer_id"),
        Index("ix_contract_opportunity_id", "opportunity_id"),
        Index("uq_contract_quote", "quote_id", unique=True, postgresql_where=text("state <> 'VOIDED'")),
        *search_indexes("contract"),
    )

    number: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="DRAFT")
    name: Mapped[str] = mapped_column(default="")
    quote_id: Mapped[UUID] = mapped_column(default=None)
    customer_id: Mapped[UUID] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    opportunity_id: Mapped[UUID | None] = mapped_column(default=None)

    currency: Mapped[str] = mapped_column(default="")
    quote_amount: Mapped[Amount] = mapped_column(default=ZERO)
    original_amount: Mapped[Amount] = mapped_column(default=ZERO)
    amount: Mapped[Amount] = mapped_column(default=ZERO)
    paid_amount: Mapped[Amount] = mapped_column(default=ZERO)
    open_amount: Mapped[Amount] = mapped_column(default=ZERO)
    payment_method: Mapped[str] = mapped_column(default="")
    delivery_date: Mapped[date | None] = mapped_column(default=None)
    start_date: Mapped[date | None] = mapped_column(default=None)
    end_date: Mapped[date | None] = mapped_column(default=None)
    time_zone: Mapped[str] = mapped_column(default="")
    terms: Mapped[str] = mapped_column(default="")

    our_sign_date: Mapped[date | None] = mapped_column(default=None)
    their_sign_date: Mapped[date | None] = mapped_column(default=None)
    effective_date: Mapped[date | None] = mapped_column(default=None)
    state_reason: Mapped[str] = mapped_column(default="")
    termination_date: Mapped[date | None] = mapped_column(default=None)
    approver_id: Mapped[UUID | None] = mapped_column(default=None)

    plan: Mapped[list[PlanLine]] = relationship(
        lambda: PlanLine,
        lazy="raise",
        order_by=lambda: PlanLine.position,
        default_factory=list,
        cascade="all, delete-orphan",
    )

    @property
    def live(self) -> bool:
        return self.state in LIVE

    def need(self, *allowed: str) -> None:
        """ContractNotInState unless the contract is in one of the states."""
        if self.state not in allowed:
            raise ContractNotInState(number=self.number, state=self.state, allowed=" / ".join(allowed))

    def need_editable(self) -> None:
        if self.state != "DRAFT":
            raise ContractNotEditable(number=self.number, state=self.state)

    def submit(self) -> None:
        """Ask for approval; a contract at its quote's value has it at once."""
        self.need("DRAFT")
        self.state = "IN_APPROVAL" if self._asks else "APPROVED"

    def approve(self, approver_id: UUID | None) -> None:
        self.need("IN_APPROVAL")
        self.state, self.approver_id, self.state_reason = "APPROVED", approver_id, ""

    def reject(self, reason: str) -> None:
        """Back to draft; the reason says what to change."""
        self.need("IN_APPROVAL")
        self.state, self.state_reason = "DRAFT", reason

    def send(self) -> None:
        """Out for signature: approved, or a draft at its quote's value."""
        self.need("DRAFT", "APPROVED")
        if self.state == "DRAFT" and self._asks:
            raise ContractNeedsApproval(number=self.number)
        self.state = "PENDING_SIGN"

    def sign(self, ours: date | None, theirs: date | None, effective: date | None) -> bool:
        """Note signatures; answers whether both are there now and the contract took effect."""
        self.need("PENDING_SIGN")
        self.our_sign_date = ours or self.our_sign_date
        self.their_sign_date = theirs or self.their_sign_date
        self.effective_date = effective or self.effective_date
        if self.our_sign_date is None or self.their_sign_date is None:
            return False
        self.effective_date = self.effective_date or max(self.our_sign_date, self.their_sign_date)
        self.state = "SIGNED"
        for line in self.plan:
            line.activate("AFTER_SIGNING", self.effective_date)
        return True

    def amend(self, value_change: Decimal, sign_date: date, number: int, line_id: UUID) -> None:
        """Change the value by a signed change order and split the unpaid part of the plan anew.

        When nothing is open to carry an increase, a line of its own (``line_id``) is due on the day of signing.
        """
        self.need("SIGNED", "EXECUTING", "FULFILLED")
        value = storable(self.amount + value_change, "value_change")
        planned = payment_plan.resplit(self.plan, value, self.currency)
        for line, amount in zip(self.plan, planned, strict=True):
            line.planned_amount = amount
        self.amount = value
        missing = value - sum(planned, ZERO)
        if missing:
            self.plan.append(self._change_order_line(missing, sign_date, number, line_id))

    def start(self) -> None:
        self.need("SIGNED")
        self.state = "EXECUTING"

    def fulfill(self, day: date) -> None:
        """Everything is delivered: payments due after delivery count from the day."""
        self.need("SIGNED", "EXECUTING")
        self.state = "FULFILLED"
        for line in self.plan:
            line.activate("AFTER_DELIVERY", day)

    def archive(self) -> None:
        self.need("FULFILLED", "TERMINATED", "EXPIRED")
        self.state = "ARCHIVED"

    def void(self, reason: str) -> None:
        """Give it up before it is signed; its plan is void with it."""
        self.need("DRAFT", "IN_APPROVAL", "APPROVED", "PENDING_SIGN")
        self.state, self.state_reason = "VOIDED", reason
        self._cancel(lambda _: True)

    def terminate(self, reason: str, day: date) -> None:
        """End it early: what falls due after the day is cancelled, what is due by then stays owed."""
        self.need("SIGNED", "EXECUTING")
        self.state, self.state_reason, self.termination_date = "TERMINATED", reason, day
        self._cancel(lambda line: line.due_date is None or line.due_date > day)

    def expire(self) -> bool:
        """Its last day is over; answers whether it was still to be fulfilled."""
        running = self.state in {"SIGNED", "EXECUTING"}
        if running:
            self.state = "EXPIRED"
        return running

    def pay(self, shares: list[Share], now: datetime) -> None:
        """Apply a confirmed receipt; only to a contract that was signed."""
        self.need(*PAYABLE)
        for share in shares:
            self.line(share.position).pay(share.amount, now)

    def write_off(self, line: PlanLine, amount: Decimal | None) -> Decimal:
        """Give up an amount of a line, all that is open when None; answers what was given up."""
        self.need(*PAYABLE)
        given_up = payment_plan.open_amount(line) if amount is None else rounded(amount, self.currency)
        line.write_off(given_up)
        return given_up

    def line(self, position: int) -> PlanLine:
        return next(line for line in self.plan if line.position == position)

    def derive(self, today: date) -> PlanChange:
        """Set all that follows from the facts on a day in the customer's zone; answers what came of it."""
        before = {line.position: line.state for line in self.plan}
        for line in self.plan:
            line.derive(live=self.live, today=today)
        self.paid_amount = sum((line.paid_amount for line in self.plan), ZERO)
        self.open_amount = sum((line.open_amount for line in self.plan), ZERO)
        moved = [line for line in self.plan if line.state != before[line.position]]
        return PlanChange(
            overdue=[line for line in moved if line.state == LineState.OVERDUE],
            paid=[line for line in moved if line.state == LineState.PAID],
        )

    @property
    def _asks(self) -> bool:
        return self.original_amount != self.quote_amount

    def _cancel(self, which: Callable[[PlanLine], bool]) -> None:
        for line in self.plan:
            if which(line) and payment_plan.open_amount(line) > 0:
                line.cancelled = True

    def _change_order_line(self, amount: Decimal, day: date, number: int, line_id: UUID) -> PlanLine:
        return PlanLine(
            id=line_id,
            contract_id=self.id,
            customer_id=self.customer_id,
            owner_id=self.owner_id,
            unit_path=self.unit_path,
            position=len(self.plan) + 1,
            name=f"变更 {number} / Change order {number}",
            currency=self.currency,
            planned_amount=amount,
            due_date=day,
        )

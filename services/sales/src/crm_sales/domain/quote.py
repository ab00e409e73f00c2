"""A priced offer and the chain of its revisions (domain rule 4.5)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import newest_index, scope_index
from crm_kit.errors import FailedPrecondition
from crm_kit.money import ZERO, money_text
from crm_sales.domain.record import Amount, Percent, Record, Searchable, search_indexes

UNANSWERED = ("DRAFT", "IN_APPROVAL", "APPROVED", "SENT")


class QuoteNotInState(FailedPrecondition):
    """The verb does not fit the state. Facts: number, state, allowed."""

    en = "The quote {number} is {state}; this needs it to be {allowed}."
    zh = "报价 {number} 当前为 {state}，此操作需要 {allowed}。"


class QuoteNotEditable(FailedPrecondition):
    """Only a draft changes. Facts: number, state."""

    en = "The quote {number} is {state} and can no longer be edited. Make a new revision with revise."
    zh = "报价 {number} 当前为 {state}，不能再编辑。请用“修订”生成新版本。"


class QuoteNeedsApproval(FailedPrecondition):
    """The discount is beyond what may be given without asking. Facts: number, discount, limit."""

    en = "The quote {number} gives {discount} % discount; above {limit} % it needs approval. Submit it first."
    zh = "报价 {number} 的折扣为 {discount}%，超过 {limit}% 需要审批，请先提交。"


class QuoteEmpty(FailedPrecondition):
    """An offer offers something. Facts: number."""

    en = "The quote {number} has no line. Add one before you send it."
    zh = "报价 {number} 没有明细行，请先添加。"


class QuoteOutOfDate(FailedPrecondition):
    """Its last valid day has passed. Facts: number, day."""

    en = "The quote {number} was valid until {day}. Set a later day before you send it."
    zh = "报价 {number} 的有效期至 {day} 已过，请先修改有效期。"


class OlderRevision(FailedPrecondition):
    """A newer revision is current. Facts: number, current."""

    en = "{number} is not the current revision; {current} is. Confirm that the older one was accepted."
    zh = "{number} 不是当前版本，当前版本为 {current}。请确认客户接受的是旧版本。"


class ChainAccepted(FailedPrecondition):
    """One revision of a chain is accepted and no more. Facts: number."""

    en = "The revision {number} of this quote was accepted already."
    zh = "该报价的版本 {number} 已被接受。"


class Quote(Searchable, Record):
    """One revision. Its lines carry what they come to, so that it never changes with products or prices."""

    __tablename__ = "quote"
    __searched__ = ("number", "name")
    __table_args__ = (
        scope_index("quote"),
        newest_index("quote"),
        Index("ix_quote_customer_id", "customer_id"),
        Index("ix_quote_opportunity_id", "opportunity_id"),
        Index("uq_quote_chain_revision", "chain_id", "revision", unique=True),
        Index("uq_quote_chain_accepted", "chain_id", unique=True, postgresql_where=text("state = 'ACCEPTED'")),
        Index(
            "uq_quote_primary",
            "opportunity_id",
            unique=True,
            postgresql_where=text('"primary" AND opportunity_id IS NOT NULL'),
        ),
        *search_indexes("quote"),
    )

    number: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="DRAFT")
    name: Mapped[str] = mapped_column(default="")
    customer_id: Mapped[UUID] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    opportunity_id: Mapped[UUID | None] = mapped_column(default=None)
    quote_date: Mapped[date | None] = mapped_column(default=None)
    valid_until_date: Mapped[date | None] = mapped_column(default=None)
    time_zone: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")

    chain_id: Mapped[UUID] = mapped_column(default=None)
    revision: Mapped[int] = mapped_column(default=1)
    previous_id: Mapped[UUID | None] = mapped_column(default=None)
    superseded_by_id: Mapped[UUID | None] = mapped_column(default=None)
    current: Mapped[bool] = mapped_column(default=True)
    primary: Mapped[bool] = mapped_column(default=False)

    currency: Mapped[str] = mapped_column(default="")
    prices_include_tax: Mapped[bool] = mapped_column(default=False)
    tax_rounding: Mapped[str] = mapped_column(default="")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    header_discount_amount: Mapped[Amount] = mapped_column(default=ZERO)
    header_discount_percent: Mapped[Percent] = mapped_column(default=ZERO)
    freight: Mapped[Amount] = mapped_column(default=ZERO)
    freight_tax_rate: Mapped[Percent] = mapped_column(default=ZERO)

    net_total: Mapped[Amount] = mapped_column(default=ZERO)
    discount_total: Mapped[Amount] = mapped_column(default=ZERO)
    base_total: Mapped[Amount] = mapped_column(default=ZERO)
    tax_total: Mapped[Amount] = mapped_column(default=ZERO)
    total: Mapped[Amount] = mapped_column(default=ZERO)
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    discount_rate: Mapped[Amount] = mapped_column(default=ZERO)

    send_time: Mapped[datetime | None] = mapped_column(default=None)
    answer_time: Mapped[datetime | None] = mapped_column(default=None)
    state_reason: Mapped[str] = mapped_column(default="")
    approver_id: Mapped[UUID | None] = mapped_column(default=None)

    def need(self, *allowed: str) -> None:
        """QuoteNotInState unless the quote is in one of the states."""
        if self.state not in allowed:
            raise QuoteNotInState(number=self.number, state=self.state, allowed=" / ".join(allowed))

    def need_editable(self) -> None:
        if self.state != "DRAFT":
            raise QuoteNotEditable(number=self.number, state=self.state)

    def submit(self, free_discount: Decimal | None) -> None:
        """Ask for approval; within the free discount it is given at once. None: every discount is free."""
        self.need("DRAFT")
        self._need_lines()
        self.state = "IN_APPROVAL" if self._asks(free_discount) else "APPROVED"

    def approve(self, approver_id: UUID | None) -> None:
        self.need("IN_APPROVAL")
        self.state, self.approver_id, self.state_reason = "APPROVED", approver_id, ""

    def reject(self, reason: str) -> None:
        """Back to draft; the reason says what to change."""
        self.need("IN_APPROVAL")
        self.state, self.state_reason = "DRAFT", reason

    def send(self, free_discount: Decimal | None, now: datetime, today: date) -> None:
        """Out to the customer: approved, or a draft that needs no approval."""
        self.need("DRAFT", "APPROVED")
        self._need_lines()
        if self.state == "DRAFT" and self._asks(free_discount):
            raise QuoteNeedsApproval(
                number=self.number,
                discount=format(self.discount_rate.normalize(), "f"),
                limit=format((free_discount or ZERO).normalize(), "f"),
            )
        if self.valid_until_date is not None and self.valid_until_date < today:
            raise QuoteOutOfDate(number=self.number, day=self.valid_until_date.isoformat())
        self.state, self.send_time, self.state_reason = "SENT", now, ""

    def accept(self, chain: Sequence["Quote"], now: datetime, *, confirm_older: bool) -> "Quote | None":
        """The customer's yes. An older revision needs confirming; answers the current one, which gives way then.

        ``chain``: all revisions, this one among them. An expired or superseded revision may still be accepted.
        """
        self.need("SENT", "EXPIRED", "SUPERSEDED")
        for other in chain:
            if other.state == "ACCEPTED":
                raise ChainAccepted(number=other.number)
        newest = next((other for other in chain if other.current and other.id != self.id), None)
        if newest is not None and not confirm_older:
            raise OlderRevision(number=self.number, current=newest.number)
        self.state, self.answer_time, self.current, self.superseded_by_id = "ACCEPTED", now, True, None
        return newest

    def decline(self, reason: str, now: datetime) -> None:
        self.need("SENT", "EXPIRED")
        self.state, self.answer_time, self.state_reason = "DECLINED", now, reason

    def withdraw(self, reason: str) -> None:
        self.need(*UNANSWERED)
        self.state, self.state_reason = "WITHDRAWN", reason

    def expire(self) -> bool:
        """Its last valid day is over; answers whether it was still waiting for the customer."""
        waiting = self.state == "SENT"
        if waiting:
            self.state = "EXPIRED"
        return waiting

    def supersede(self, newer: "Quote") -> None:
        """A newer revision stands in its place; what the customer answered stays as answered."""
        self.current, self.superseded_by_id = False, newer.id
        if self.state in UNANSWERED or self.state == "EXPIRED":
            self.state = "SUPERSEDED"

    def _asks(self, free_discount: Decimal | None) -> bool:
        return free_discount is not None and self.discount_rate > free_discount

    def _need_lines(self) -> None:
        if not self.lines:
            raise QuoteEmpty(number=self.number)

    @property
    def total_text(self) -> str:
        return f"{money_text(self.total, self.currency)} {self.currency}"


def revision_number(first: str, revision: int) -> str:
    """`Q-2026-000123`, then `Q-2026-000123-r2`."""
    stem = first.partition("-r")[0]
    return stem if revision == 1 else f"{stem}-r{revision}"

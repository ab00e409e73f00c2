"""Money a customer paid on a contract (domain rule 4.7)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import scope_index
from crm_kit.errors import AlreadyExists, FailedPrecondition, InvalidArgument
from crm_kit.money import ZERO, rounded, storable
from crm_sales.domain.record import Amount, Record, Searchable, search_indexes


class ReceiptNotInState(FailedPrecondition):
    """The verb does not fit the state. Facts: number, state, allowed."""

    en = "The receipt {number} is {state}; this needs it to be {allowed}."
    zh = "回款 {number} 当前为 {state}，此操作需要 {allowed}。"


class DuplicateReceipt(AlreadyExists):
    """The same payer, amount, day and reference were recorded before. Facts: number (of the earlier one)."""

    en = "The receipt {number} has the same payer, amount, day and reference. Check it, or correct the reference."
    zh = "与回款 {number} 的付款方、金额、日期和流水号完全相同，请核对或更正流水号。"


class Receipt(Searchable, Record):
    """One payment as on the bank statement."""

    __tablename__ = "receipt"
    __searched__ = ("number", "payer", "reference")
    __table_args__ = (
        scope_index("receipt"),
        Index("ix_receipt_contract_id", "contract_id"),
        Index("ix_receipt_customer_id", "customer_id"),
        Index(
            "uq_receipt_twin",
            "unit_path",
            "payer",
            "amount",
            "amount_currency",
            "receive_date",
            "reference",
            unique=True,
            postgresql_where=text("state IN ('RECORDED', 'CONFIRMED')"),
        ),
        *search_indexes("receipt"),
    )

    number: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="RECORDED")
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id"), default=None)
    customer_id: Mapped[UUID] = mapped_column(default=None)
    amount: Mapped[Amount] = mapped_column(default=ZERO)
    amount_currency: Mapped[str] = mapped_column(default="")
    exchange_rate: Mapped[Amount | None] = mapped_column(default=None)
    settled_amount: Mapped[Amount] = mapped_column(default=ZERO)
    currency: Mapped[str] = mapped_column(default="")
    receive_date: Mapped[date] = mapped_column(default=None)
    method: Mapped[str] = mapped_column(default="")
    payer: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    applications: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    advance_amount: Mapped[Amount] = mapped_column(default=ZERO)
    state_reason: Mapped[str] = mapped_column(default="")
    confirm_time: Mapped[datetime | None] = mapped_column(default=None)

    def need(self, *allowed: str) -> None:
        """ReceiptNotInState unless the receipt is in one of the states."""
        if self.state not in allowed:
            raise ReceiptNotInState(number=self.number, state=self.state, allowed=" / ".join(allowed))

    def settle(self, currency: str) -> None:
        """Say what it is worth in the contract's currency; another currency needs the bank's rate."""
        if self.amount_currency == currency:
            self.exchange_rate = None
        elif self.exchange_rate is None or self.exchange_rate <= 0:
            raise InvalidArgument.of(
                "exchange_rate",
                "REQUIRED",
                f"Give the bank's rate: {currency} per {self.amount_currency}.",
                f"请填写银行汇率：每 {self.amount_currency} 折合多少 {currency}。",
            )
        worth = rounded(self.amount * (self.exchange_rate or Decimal(1)), currency)
        self.settled_amount = storable(worth, "exchange_rate")
        self.currency = currency

    def confirm(self, applications: list[dict[str, Any]], advance: Decimal, now: datetime) -> None:
        """Finance found it; it counts from now on."""
        self.need("RECORDED")
        self.state, self.confirm_time = "CONFIRMED", now
        self.applications, self.advance_amount = applications, advance

    def reject(self, reason: str) -> None:
        self.need("RECORDED")
        self.state, self.state_reason = "REJECTED", reason

    def reverse(self, reason: str) -> None:
        """It counts no more; what it paid is noted for the record."""
        self.need("CONFIRMED")
        self.state, self.state_reason = "REVERSED", reason

"""Who owes what when: splitting a contract's value over its plan, and applying receipts (domain rule 4.7; GT-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from crm_kit.errors import FailedPrecondition, InvalidArgument, Violation
from crm_kit.money import HUNDRED, ZERO, money_text, rounded, split


class LineState(StrEnum):
    """Where a promised payment stands; derived, never set by hand."""

    INACTIVE = "INACTIVE"
    PENDING = "PENDING"
    PART_PAID = "PART_PAID"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    CANCELLED = "CANCELLED"
    WRITTEN_OFF = "WRITTEN_OFF"


class PlannedPayment(Protocol):
    """What the rules need to know of a line."""

    @property
    def position(self) -> int: ...
    @property
    def percent(self) -> Decimal | None: ...
    @property
    def planned_amount(self) -> Decimal: ...
    @property
    def paid_amount(self) -> Decimal: ...
    @property
    def written_off_amount(self) -> Decimal: ...
    @property
    def due_date(self) -> date | None: ...
    @property
    def cancelled(self) -> bool: ...


class PlanDoesNotAddUp(InvalidArgument):
    """The plan is something other than the contract's value."""


class BelowReceived(FailedPrecondition):
    """A change order may not take the value below what is settled. Facts: amount, settled, currency."""

    en = "The contract would be worth {amount} {currency}, less than the {settled} settled. Reverse receipts first."
    zh = "合同金额将变为 {amount} {currency}，低于已结清的 {settled}。请先冲销回款。"


@dataclass(frozen=True, slots=True)
class Share:
    """Part of a receipt that pays one line."""

    position: int
    amount: Decimal


def open_amount(line: PlannedPayment) -> Decimal:
    """Planned less paid less written off; nothing on a cancelled line."""
    return ZERO if line.cancelled else line.planned_amount - line.paid_amount - line.written_off_amount


def line_state(line: PlannedPayment, *, live: bool, today: date) -> LineState:
    """Where a line stands on a day in the customer's zone. ``live``: the contract is signed."""
    still_open = open_amount(line)
    if line.cancelled:
        return LineState.CANCELLED
    if still_open <= 0:
        return LineState.WRITTEN_OFF if line.written_off_amount > 0 else LineState.PAID
    if live and line.due_date is not None and today > line.due_date:
        return LineState.OVERDUE
    if line.paid_amount > 0:
        return LineState.PART_PAID
    return LineState.PENDING if live and line.due_date is not None else LineState.INACTIVE


def planned_amounts(
    value: Decimal, percents: Sequence[Decimal | None], amounts: Sequence[Decimal | None], currency: str
) -> list[Decimal]:
    """Planned amount per line of a fresh plan: all percents adding up to 100, or all amounts adding up to the value."""
    if all(percent is not None for percent in percents):
        given = [percent for percent in percents if percent is not None]
        if sum(given) != HUNDRED or any(percent <= 0 for percent in given):
            raise _does_not_add_up(f"{sum(given, ZERO)} %", "100 %")
        return split(value, given, currency)
    if any(percent is not None for percent in percents) or any(amount is None for amount in amounts):
        raise PlanDoesNotAddUp(
            [
                Violation(
                    "payment_plan",
                    "MIXED_BASIS",
                    "Give a percent on every line or an amount on every line.",
                    "请为每一行都填写比例，或都填写金额。",
                )
            ]
        )
    planned = [rounded(amount, currency) for amount in amounts if amount is not None]
    if sum(planned) != value or any(amount <= 0 for amount in planned):
        total = money_text(sum(planned, ZERO), currency)
        raise _does_not_add_up(f"{total} {currency}", f"{money_text(value, currency)} {currency}")
    return planned


def _does_not_add_up(found: str, wanted: str) -> PlanDoesNotAddUp:
    return PlanDoesNotAddUp(
        [
            Violation(
                "payment_plan",
                "DOES_NOT_ADD_UP",
                f"The lines add up to {found}; they must add up to {wanted}, each more than zero.",
                f"各行合计为 {found}，必须等于 {wanted}，且每行大于零。",
            )
        ]
    )


def resplit(lines: Sequence[PlannedPayment], value: Decimal, currency: str) -> list[Decimal]:
    """Planned amount per line after the contract's value changed.

    Lines with nothing open keep theirs; the rest of the value is split over the open ones by percent, or by planned
    amount when one of them has no percent. A line never falls below what was already paid on it. What no line can carry is missing from the sum: the
    caller adds a line for it.
    """
    settled = sum((line.paid_amount + line.written_off_amount for line in lines), ZERO)
    if value < settled:
        raise BelowReceived(
            amount=money_text(value, currency), settled=money_text(settled, currency), currency=currency
        )
    planned = [line.planned_amount for line in lines]
    if value == sum(planned, ZERO):
        return planned
    sharing = [i for i, line in enumerate(lines) if open_amount(line) > 0]
    weights = _weights(lines, sharing)
    while sharing:
        rest = value - sum((planned[i] for i in range(len(lines)) if i not in sharing), ZERO)
        parts = split(rest, [weights[i] for i in sharing], currency)
        floors = {i: lines[i].paid_amount + lines[i].written_off_amount for i in sharing}
        short = [i for i, part in zip(sharing, parts, strict=True) if part < floors[i]]
        if not short:
            for i, part in zip(sharing, parts, strict=True):
                planned[i] = part
            break
        for i in short:
            planned[i] = floors[i]
        sharing = [i for i in sharing if i not in short]
    return planned


def _weights(lines: Sequence[PlannedPayment], sharing: Sequence[int]) -> dict[int, Decimal]:
    percents = {i: percent for i in sharing if (percent := lines[i].percent) is not None}
    return percents if len(percents) == len(sharing) else {i: lines[i].planned_amount for i in sharing}


def apply_oldest_first(lines: Sequence[PlannedPayment], amount: Decimal) -> tuple[list[Share], Decimal]:
    """Which lines an amount pays, oldest due first, lines without a due day last; and what is left over."""
    shares: list[Share] = []
    for line in sorted(lines, key=lambda line: (line.due_date or date.max, line.position)):
        paid = min(open_amount(line), amount)
        if paid > 0:
            shares.append(Share(line.position, paid))
            amount -= paid
    return shares, amount

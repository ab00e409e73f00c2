"""Budget lines: what may be spent, what is promised, what was spent, in exact decimals (domain rule 6.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from crm_kit.errors import FailedPrecondition, InvalidArgument, Violation
from crm_kit.fieldtypes import decimal_of
from crm_kit.money import EXPONENTS, MOST, ZERO, in_minor_units, minor_unit, text

MOST_LINES = 200


class BudgetExceeded(FailedPrecondition):
    """More would be committed or spent than planned. Facts: category, planned, wanted, over, currency."""

    en = (
        "{category} would reach {wanted} {currency} of {planned} planned, {over} too much. "
        "Raise the plan, or say why in over_commit_reason."
    )
    zh = "{category} 将达到 {wanted} {currency}，计划为 {planned}，超出 {over}。请提高预算，或在 over_commit_reason 中说明原因。"


class BudgetLineHasCosts(FailedPrecondition):
    """What was paid for must stay visible. Facts: category, actual."""

    en = "The budget line {category} has recorded costs of {actual} and must stay."
    zh = "预算项 {category} 已有费用 {actual}，不能删除。"


@dataclass(frozen=True, slots=True)
class Line:
    """Money for one purpose."""

    category: str
    planned: Decimal
    committed: Decimal = ZERO
    actual: Decimal = ZERO

    @property
    def bound(self) -> Decimal:
        """What is gone: a cost uses up what was committed before it counts beyond that."""
        return max(self.committed, self.actual)


@dataclass(frozen=True, slots=True)
class Budget:
    """The lines of one campaign, one per category, in one currency."""

    lines: tuple[Line, ...] = ()

    @classmethod
    def of(cls, stored: Sequence[dict[str, Any]]) -> "Budget":
        """From what is kept in the database."""
        return cls(tuple(Line(x["category"], *(Decimal(x[name]) for name in _AMOUNTS)) for x in stored))

    def stored(self) -> list[dict[str, Any]]:
        """As kept in the database and written in messages."""
        return [
            {"category": line.category} | {name: text(getattr(line, name)) for name in _AMOUNTS} for line in self.lines
        ]

    @property
    def planned(self) -> Decimal:
        return sum((line.planned for line in self.lines), ZERO)

    @property
    def committed(self) -> Decimal:
        return sum((line.committed for line in self.lines), ZERO)

    @property
    def actual(self) -> Decimal:
        return sum((line.actual for line in self.lines), ZERO)

    def revised(self, wanted: Sequence[dict[str, Any]], currency: str, reason: str) -> "Budget":
        """The lines as a person wants them, with the costs recorded so far. InvalidArgument for what cannot be a line.

        A line that is bound beyond its plan is refused without a reason, unless it was so before and gets no worse.
        """
        before = {line.category: line for line in self.lines}
        lines = _read(wanted, currency)
        revised = tuple(
            replace(line, actual=before[line.category].actual) if line.category in before else line for line in lines
        )
        kept = {line.category for line in revised}
        for line in self.lines:
            if line.actual and line.category not in kept:
                raise BudgetLineHasCosts(category=line.category, actual=text(line.actual))
        for line in revised:
            _refuse_excess(before.get(line.category), line, currency, reason)
        return Budget(revised)

    def spent(self, category: str, amount: Decimal, currency: str, reason: str) -> "Budget":
        """The budget after a cost, or a refund when the amount is below zero."""
        line = next((line for line in self.lines if line.category == category), None)
        if line is None:
            known = ", ".join(line.category for line in self.lines) or "-"
            raise InvalidArgument.of(
                "category", "UNKNOWN_CATEGORY", f"Choose a budget line: {known}.", f"请选择预算项：{known}。"
            )
        after = replace(line, actual=line.actual + amount)
        if after.actual < 0:
            raise InvalidArgument.of(
                "amount",
                "REFUND_EXCEEDS_COST",
                f"Only {text(line.actual)} was spent on {category}.",
                f"{category} 仅支出 {text(line.actual)}。",
            )
        _refuse_excess(line, after, currency, reason)
        return Budget(tuple(after if one is line else one for one in self.lines))


_AMOUNTS = ("planned", "committed", "actual")


def _refuse_excess(before: Line | None, after: Line, currency: str, reason: str) -> None:
    over, over_before = after.bound - after.planned, before.bound - before.planned if before else ZERO
    if over > max(over_before, ZERO) and not reason:
        raise BudgetExceeded(
            category=after.category,
            planned=text(after.planned),
            wanted=text(after.bound),
            over=text(over),
            currency=currency,
        )


def _read(wanted: Sequence[dict[str, Any]], currency: str) -> list[Line]:
    wrong: list[Violation] = []
    lines = []
    seen: set[str] = set()
    if len(wanted) > MOST_LINES:
        wrong.append(Violation("budget_lines", "TOO_MANY", f"At most {MOST_LINES}.", f"最多 {MOST_LINES} 项。"))
    if (wanted or currency) and currency not in EXPONENTS:
        wrong.append(
            Violation(
                "currency", "UNKNOWN_CURRENCY", "Give an ISO 4217 code such as CNY.", "请填写币种代码，例如 CNY。"
            )
        )
    for at, item in enumerate(wanted):
        category, path = str(item.get("category", "")).strip(), f"budget_lines[{at}]"
        if not category:
            wrong.append(Violation(f"{path}.category", "REQUIRED", "Name the purpose.", "请填写预算项名称。"))
        elif category in seen:
            wrong.append(Violation(f"{path}.category", "REPEATED", f"{category} is there twice.", f"{category} 重复。"))
        seen.add(category)
        amounts = [_amount(f"{path}.{name}", str(item.get(name, "")), currency, wrong) for name in _AMOUNTS[:2]]
        if not str(item.get("planned", "")).strip():
            wrong.append(Violation(f"{path}.planned", "REQUIRED", "Say how much is planned.", "请填写计划金额。"))
        lines.append(Line(category, *amounts))
    if not wrong and sum((line.planned + line.committed for line in lines), ZERO) >= MOST:
        wrong.append(Violation("budget_lines", "TOO_LARGE", "This comes to 100 trillion.", "预算总额过大。"))
    if wrong:
        raise InvalidArgument(wrong)
    return lines


def _amount(path: str, given: str, currency: str, wrong: list[Violation]) -> Decimal:
    try:
        value = decimal_of(given.strip() or "0")
    except ValueError:
        wrong.append(Violation(path, "NOT_A_NUMBER", "Give a decimal like 1234.50.", "请填写形如 1234.50 的数字。"))
        return ZERO
    if value < 0:
        wrong.append(Violation(path, "NEGATIVE", "Give zero or more.", "请填写不小于 0 的金额。"))
    elif currency in EXPONENTS and not in_minor_units(value, currency):
        unit = minor_unit(currency)
        wrong.append(Violation(path, "TOO_PRECISE", f"The smallest amount is {unit}.", f"最小单位为 {unit}。"))
    return value

"""Goals of a campaign: one line per metric, a target above zero, and how far it is met."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.fieldtypes import decimal_of
from crm_kit.money import text

METRICS = ("reached", "responded", "leads", "valid_leads", "opportunities", "won", "revenue")


def checked_goals(wanted: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """The goals as kept; InvalidArgument for an unknown or repeated metric or a target that is none."""
    wrong: list[Violation] = []
    goals: list[dict[str, str]] = []
    for at, item in enumerate(wanted):
        metric, path = str(item.get("metric", "")).strip(), f"goals[{at}]"
        if metric not in METRICS:
            known = ", ".join(METRICS)
            wrong.append(Violation(f"{path}.metric", "UNKNOWN_VALUE", f"Choose one of {known}.", f"请选择：{known}。"))
        elif any(goal["metric"] == metric for goal in goals):
            wrong.append(Violation(f"{path}.metric", "REPEATED", f"{metric} is there twice.", f"{metric} 重复。"))
        try:
            target = decimal_of(str(item.get("target", "")).strip())
        except ValueError:
            target = Decimal(0)
        if target <= 0:
            wrong.append(
                Violation(f"{path}.target", "NOT_POSITIVE", "Give a number above zero.", "请填写大于 0 的数字。")
            )
        goals.append({"metric": metric, "target": text(target)})
    if wrong:
        raise InvalidArgument(wrong)
    return goals


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """Part of whole in percent with two fraction digits, halves away from zero; the whole is not zero."""
    return (part * 100 / whole).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

"""Budgets are exact, and more than planned is bound only with a reason."""

from decimal import Decimal
from typing import Any

import pytest

from crm_kit.errors import InvalidArgument
from crm_marketing.domain.budget import Budget, BudgetExceeded, BudgetLineHasCosts


def line(category: str = "booth", planned: str = "1000", **more: str) -> dict[str, Any]:
    return {"category": category, "planned": planned, **more}


def budget(*lines: dict[str, Any], currency: str = "CNY", reason: str = "") -> Budget:
    return Budget().revised(lines, currency, reason)


def test_amounts_add_up_without_binary_dust() -> None:
    made = budget(*(line(f"c{n}", "0.10") for n in range(3)))
    assert made.planned == Decimal("0.30")
    for _ in range(3):
        made = made.spent("c0", Decimal("0.03"), "CNY", "")
    assert made.actual == Decimal("0.09")
    assert Budget.of(made.stored()) == made


def test_what_is_planned_may_be_committed_and_not_a_fen_more() -> None:
    assert budget(line(committed="1000")).committed == 1000
    with pytest.raises(BudgetExceeded) as refused:
        budget(line(committed="1000.01"))
    assert refused.value.facts["over"] == "0.01"
    assert budget(line(committed="1000.01"), reason="signed by the director").committed == Decimal("1000.01")


def test_a_cost_uses_up_its_commitment_first() -> None:
    made = budget(line(committed="800")).spent("booth", Decimal(900), "CNY", "")
    assert made.lines[0].bound == 900
    with pytest.raises(BudgetExceeded):
        made.spent("booth", Decimal("100.01"), "CNY", "")
    assert made.spent("booth", Decimal(200), "CNY", "late invoice").actual == 1100


def test_a_line_over_its_plan_may_be_edited_as_long_as_it_gets_no_worse() -> None:
    over = budget(line(committed="1200"), reason="agreed")
    assert over.revised([line(planned="1100", committed="1200")], "CNY", "").planned == 1100
    with pytest.raises(BudgetExceeded):
        over.revised([line(committed="1200.01")], "CNY", "")


def test_a_refund_lowers_the_cost_but_never_below_nothing() -> None:
    made = budget(line()).spent("booth", Decimal(300), "CNY", "")
    assert made.spent("booth", Decimal(-300), "CNY", "").actual == 0
    with pytest.raises(InvalidArgument):
        made.spent("booth", Decimal("-300.01"), "CNY", "")


def test_costs_survive_an_edit_of_the_lines_and_their_line_must_stay() -> None:
    made = budget(line(), line("gifts", "50")).spent("booth", Decimal(300), "CNY", "")
    assert made.revised([line(planned="2000", actual="0")], "CNY", "").actual == 300
    with pytest.raises(BudgetLineHasCosts):
        made.revised([line("gifts", "50")], "CNY", "")


@pytest.mark.parametrize(
    ("wrong", "currency", "field", "reason"),
    [
        (line(""), "CNY", "budget_lines[0].category", "REQUIRED"),
        (line(planned=""), "CNY", "budget_lines[0].planned", "REQUIRED"),
        (line(planned="-1"), "CNY", "budget_lines[0].planned", "NEGATIVE"),
        (line(planned="many"), "CNY", "budget_lines[0].planned", "NOT_A_NUMBER"),
        (line(planned="1.005"), "CNY", "budget_lines[0].planned", "TOO_PRECISE"),
        (line(planned="1.5"), "JPY", "budget_lines[0].planned", "TOO_PRECISE"),
        (line(committed="NaN"), "CNY", "budget_lines[0].committed", "NOT_A_NUMBER"),
        (line(), "", "currency", "UNKNOWN_CURRENCY"),
        (line(), "RMB", "currency", "UNKNOWN_CURRENCY"),
    ],
)
def test_what_cannot_be_a_line_is_refused_by_its_field(
    wrong: dict[str, Any], currency: str, field: str, reason: str
) -> None:
    with pytest.raises(InvalidArgument) as refused:
        budget(wrong, currency=currency)
    assert [(one.field, one.reason) for one in refused.value.violations] == [(field, reason)]


def test_a_category_is_there_once() -> None:
    with pytest.raises(InvalidArgument) as refused:
        budget(line(), line())
    assert refused.value.violations[0].reason == "REPEATED"

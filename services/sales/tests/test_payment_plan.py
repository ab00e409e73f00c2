"""Payment plans, change orders, receipts and their reversal (GT-4)."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_sales.domain.contract import Contract
from crm_sales.domain.days import day_end
from crm_sales.domain.payment_plan import (
    BelowReceived,
    LineState,
    PlanDoesNotAddUp,
    apply_oldest_first,
    planned_amounts,
)
from crm_sales.domain.plan_line import NothingOpen, PlanLine

D = Decimal
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)
NEW = UUID(int=9)


def a_contract(value: str = "100000.00", percents: tuple[int, ...] = (30, 30, 40)) -> Contract:
    planned = planned_amounts(D(value), [D(p) for p in percents], [None] * len(percents), "CNY")
    plan = [
        PlanLine(position=i + 1, percent=D(percent), planned_amount=amount, currency="CNY", due_date=due)
        for i, (percent, amount) in enumerate(zip(percents, planned, strict=True))
        for due in [TODAY + timedelta(days=30 * (i + 1))]
    ]
    contract = Contract(state="SIGNED", amount=D(value), currency="CNY", plan=plan)
    contract.derive(TODAY)
    return contract


def pay(contract: Contract, amount: str) -> list[PlanLine]:
    shares, rest = apply_oldest_first(contract.plan, D(amount))
    assert rest == 0
    contract.pay(shares, NOW)
    return contract.derive(TODAY).paid


def test_a_change_order_splits_only_the_unpaid_lines_anew() -> None:
    contract = a_contract()
    pay(contract, "30000")
    contract.amend(D(10000), TODAY, 1, NEW)
    contract.derive(TODAY)
    assert [line.planned_amount for line in contract.plan] == [D(30000), D("34285.71"), D("45714.29")]
    assert contract.open_amount == D("80000.00")
    assert sum(line.planned_amount for line in contract.plan) == contract.amount == D(110000)


def test_a_reversed_receipt_opens_its_line_again() -> None:
    contract = a_contract()
    pay(contract, "30000")
    contract.amend(D(10000), TODAY, 1, NEW)
    contract.line(1).take_back(D(30000))
    contract.derive(TODAY)
    assert contract.line(1).state == LineState.PENDING
    assert contract.open_amount == D("110000.00")


def test_a_reversed_receipt_leaves_its_line_overdue_when_the_day_has_passed() -> None:
    contract = a_contract()
    pay(contract, "30000")
    contract.line(1).take_back(D(30000))
    late = contract.derive(TODAY + timedelta(days=31)).overdue
    assert [line.position for line in late] == [1]
    assert contract.line(1).state == LineState.OVERDUE


def test_a_receipt_pays_the_oldest_due_line_first() -> None:
    contract = a_contract()
    paid = pay(contract, "45000")
    assert [line.position for line in paid] == [1]
    assert [line.state for line in contract.plan] == [LineState.PAID, LineState.PART_PAID, LineState.PENDING]
    assert [line.open_amount for line in contract.plan] == [D(0), D(15000), D(40000)]


def test_what_no_line_can_take_is_left_over() -> None:
    contract = a_contract()
    shares, rest = apply_oldest_first(contract.plan, D(120000))
    assert sum(share.amount for share in shares) == D(100000)
    assert rest == D(20000)


def test_a_line_never_falls_below_what_was_paid_on_it() -> None:
    contract = a_contract()
    pay(contract, "55000")
    contract.amend(D(-40000), TODAY, 1, NEW)
    contract.derive(TODAY)
    assert [line.planned_amount for line in contract.plan] == [D(30000), D(25000), D(5000)]
    assert [line.state for line in contract.plan] == [LineState.PAID, LineState.PAID, LineState.PENDING]


def test_the_value_cannot_fall_below_what_was_received() -> None:
    contract = a_contract()
    pay(contract, "55000")
    with pytest.raises(BelowReceived) as refused:
        contract.amend(D(-50000), TODAY, 1, NEW)
    contract.derive(TODAY)
    assert refused.value.facts == {"amount": "50000.00", "settled": "55000.00", "currency": "CNY"}


def test_an_increase_on_a_paid_contract_becomes_a_line_of_its_own() -> None:
    contract = a_contract()
    pay(contract, "100000")
    contract.amend(D(10000), TODAY, 1, NEW)
    contract.derive(TODAY)
    assert (contract.plan[-1].planned_amount, contract.plan[-1].due_date) == (D(10000), TODAY)
    assert contract.open_amount == D(10000)


def test_a_change_of_days_alone_moves_no_money() -> None:
    contract = a_contract()
    pay(contract, "100000")
    contract.amend(D(10000), TODAY, 1, NEW)
    before = [line.planned_amount for line in contract.plan]
    contract.amend(D(0), TODAY, 2, NEW)
    assert [line.planned_amount for line in contract.plan] == before


def test_a_line_without_percent_shares_by_its_amount() -> None:
    contract = a_contract()
    pay(contract, "100000")
    contract.amend(D(10000), TODAY, 1, NEW)
    contract.line(3).take_back(D(40000))
    contract.derive(TODAY)
    contract.amend(D(5000), TODAY, 2, NEW)
    contract.derive(TODAY)
    assert [line.planned_amount for line in contract.plan] == [D(30000), D(30000), D(44000), D(11000)]


steps = st.lists(
    st.tuples(st.sampled_from(["pay", "amend", "write off", "take back"]), st.integers(-4_000_000, 4_000_000)),
    max_size=12,
)


@settings(deadline=None)
@given(steps=steps)
def test_the_plan_adds_up_to_the_value_whatever_happens(steps: list[tuple[str, int]]) -> None:
    contract = a_contract()
    for kind, cents in steps:
        amount = D(cents).scaleb(-2)
        line = contract.plan[abs(cents) % len(contract.plan)]
        if kind == "pay" and amount > 0:
            contract.pay(apply_oldest_first(contract.plan, amount)[0], NOW)
        elif kind == "take back":
            line.take_back(min(abs(amount), line.paid_amount))
        elif kind == "write off" and 0 < amount <= line.open_amount:
            line.write_off(amount)
        elif kind == "amend":
            with suppress(BelowReceived):
                contract.amend(amount, TODAY, 1, NEW)
        contract.derive(TODAY)
        assert sum(line.planned_amount for line in contract.plan) == contract.amount
        settled = sum(line.paid_amount + line.written_off_amount for line in contract.plan)
        assert contract.open_amount == contract.amount - settled
        assert all(line.open_amount >= 0 for line in contract.plan)


def test_a_write_off_closes_a_line_and_a_later_payment_on_it_is_refused() -> None:
    contract = a_contract()
    contract.line(3).write_off(D(40000))
    contract.derive(TODAY)
    assert contract.line(3).state == LineState.WRITTEN_OFF
    with pytest.raises(NothingOpen):
        contract.line(3).pay(D(1), NOW)


def test_terminating_cancels_what_is_not_yet_due() -> None:
    contract = a_contract()
    contract.terminate("客户停产", TODAY + timedelta(days=45))
    contract.derive(TODAY)
    assert [line.state for line in contract.plan] == [LineState.PENDING, LineState.CANCELLED, LineState.CANCELLED]
    assert contract.open_amount == D(30000)


def test_lines_wait_for_their_trigger() -> None:
    contract = Contract(
        state="PENDING_SIGN",
        amount=D(100),
        currency="CNY",
        plan=[
            PlanLine(position=1, planned_amount=D(50), currency="CNY", trigger="AFTER_SIGNING", offset_days=7),
            PlanLine(position=2, planned_amount=D(50), currency="CNY", trigger="AFTER_DELIVERY", offset_days=30),
        ],
    )
    assert not contract.sign(TODAY, None, None)
    assert contract.sign(None, TODAY + timedelta(days=2), None)
    contract.derive(TODAY)
    assert [line.state for line in contract.plan] == [LineState.PENDING, LineState.INACTIVE]
    assert contract.line(1).due_date == date(2026, 3, 11)
    contract.fulfill(date(2026, 4, 1))
    assert contract.line(2).due_date == date(2026, 5, 1)


def test_an_unsigned_contract_is_never_overdue() -> None:
    contract = a_contract()
    contract.state = "PENDING_SIGN"
    assert contract.derive(TODAY + timedelta(days=365)).overdue == []
    assert {line.state for line in contract.plan} == {LineState.INACTIVE}


@pytest.mark.parametrize(
    ("percents", "amounts", "reason"),
    [
        ([D(30), D(30)], [None, None], "DOES_NOT_ADD_UP"),
        ([None, None], [D(30), D(60)], "DOES_NOT_ADD_UP"),
        ([D(50), None], [None, D(50)], "MIXED_BASIS"),
        ([None, None], [D(100), None], "MIXED_BASIS"),
    ],
)
def test_a_plan_adds_up_to_the_value(percents: list, amounts: list, reason: str) -> None:
    with pytest.raises(PlanDoesNotAddUp) as refused:
        planned_amounts(D(100), percents, amounts, "CNY")
    assert refused.value.violations[0].reason == reason


def test_a_due_day_ends_at_midnight_of_the_customers_zone() -> None:
    assert day_end(date(2026, 3, 31), "Asia/Shanghai") == datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert day_end(date(9999, 12, 31), "America/New_York").year == 9999
    assert day_end(date(2026, 3, 28), "Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)

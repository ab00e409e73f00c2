"""Where the relation with a customer stands, from its contracts and deals alone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm_customers.domain.customer import Customer
from crm_customers.domain.standing import Agreement, Phase, Standing, end_of_day, standing

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAST, SOON, LATER = NOW - timedelta(days=1), NOW + timedelta(days=30), NOW + timedelta(days=60)


@pytest.mark.parametrize(
    ("agreements", "phase", "until"),
    [
        ([], Phase.PRESALE, None),
        ([Agreement("DRAFT"), Agreement("VOIDED")], Phase.PRESALE, None),
        ([Agreement("SIGNED", SOON)], Phase.EXECUTING, None),
        ([Agreement("FULFILLED", SOON), Agreement("EXECUTING")], Phase.EXECUTING, None),
        ([Agreement("FULFILLED", SOON), Agreement("ARCHIVED", LATER)], Phase.AFTER_SALE, LATER),
        ([Agreement("FULFILLED", PAST), Agreement("FULFILLED")], Phase.AFTER_SALE, None),
        ([Agreement("FULFILLED", PAST)], Phase.EXPIRED, None),
        ([Agreement("FULFILLED", NOW)], Phase.EXPIRED, None),
        ([Agreement("TERMINATED", SOON)], Phase.EXPIRED, None),
        ([Agreement("EXPIRED", PAST), Agreement("FULFILLED", SOON)], Phase.AFTER_SALE, SOON),
    ],
)
def test_contracts_decide_the_phase(agreements: list[Agreement], phase: Phase, until: datetime | None) -> None:
    assert standing(agreements, NOW) == Standing(phase, until)


def test_a_day_ends_where_the_contract_says() -> None:
    assert end_of_day(date(2026, 11, 23), "Asia/Shanghai") == datetime(2026, 11, 23, 16, tzinfo=UTC)


def test_a_phase_set_by_hand_holds_until_a_contract_speaks() -> None:
    customer = Customer(name="华东")
    assert customer.set_phase(Phase.AFTER_SALE, "old contracts on paper") == Phase.PRESALE
    assert customer.settle(Standing(Phase.PRESALE), by_contract=False) is None
    assert (customer.phase, customer.phase_reason) == (Phase.AFTER_SALE, "old contracts on paper")
    assert customer.settle(Standing(Phase.EXECUTING), by_contract=True) == Phase.AFTER_SALE
    assert customer.phase_reason == ""


def test_an_open_deal_shows_beside_an_expired_phase_and_nowhere_else() -> None:
    customer = Customer(name="华东")
    customer.settle(Standing(Phase.EXPIRED, has_open_deal=True), by_contract=True)
    assert (customer.phase, customer.presale_again) == (Phase.EXPIRED, True)
    customer.settle(Standing(Phase.EXECUTING, has_open_deal=True), by_contract=True)
    assert not customer.presale_again

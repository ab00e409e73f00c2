"""Rounding and splitting (GT-1)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_kit.errors import InvalidArgument
from crm_kit.money import known_currency, rounded, split, text

D = Decimal


def test_a_hundred_splits_in_three_with_the_odd_cent_first() -> None:
    assert split(D("100.00"), [D(1)] * 3, "CNY") == [D("33.34"), D("33.33"), D("33.33")]


def test_a_header_discount_is_spread_over_nets_by_largest_remainder() -> None:
    nets = [D("53.97"), D("7.45"), D("2.33")]
    assert split(D("5.00"), nets, "CNY") == [D("4.23"), D("0.59"), D("0.18")]


def test_a_surcharge_mirrors_a_discount() -> None:
    nets = [D("53.97"), D("7.45"), D("2.33")]
    assert split(D("-5.00"), nets, "CNY") == [D("-4.23"), D("-0.59"), D("-0.18")]


def test_weights_that_add_up_to_nothing_share_equally() -> None:
    assert split(D("0.03"), [D(0), D(0)], "CNY") == [D("0.02"), D("0.01")]


@settings(deadline=None)
@given(
    units=st.integers(-(10**12), 10**12),
    weights=st.lists(st.decimals(0, 10**6, places=6), min_size=1, max_size=20),
    currency=st.sampled_from(["CNY", "JPY", "KWD"]),
)
def test_parts_always_add_up_exactly(units: int, weights: list[Decimal], currency: str) -> None:
    exponent = {"CNY": 2, "JPY": 0, "KWD": 3}[currency]
    total = D(units).scaleb(-exponent)
    parts = split(total, weights, currency)
    assert sum(parts) == total
    assert all(part == rounded(part, currency) for part in parts)
    assert all((part >= 0) == (total >= 0) or part == 0 for part in parts)


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [("0.005", "CNY", "0.01"), ("-0.005", "CNY", "-0.01"), ("12.5", "JPY", "13"), ("1.2345", "KWD", "1.235")],
)
def test_halves_round_away_from_zero_in_the_currencys_minor_unit(value: str, currency: str, expected: str) -> None:
    assert rounded(D(value), currency) == D(expected)
    assert rounded(Fraction(value), currency) == D(expected)


def test_an_unknown_currency_is_refused_by_name() -> None:
    with pytest.raises(InvalidArgument) as refused:
        known_currency("RMB", "amount.currency")
    assert [(v.field, v.reason) for v in refused.value.violations] == [("amount.currency", "UNKNOWN_CURRENCY")]


def test_amounts_are_written_without_exponent_or_trailing_zeros() -> None:
    assert [text(D(v)) for v in ("1000000", "1.500000", "0.000000")] == ["1000000", "1.5", "0"]

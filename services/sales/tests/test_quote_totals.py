"""What a quote comes to (GT-1, GT-3)."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_kit.errors import InvalidArgument
from crm_sales.domain.quote_totals import FREIGHT, Line, TaxRounding, Terms, quote_totals

D = Decimal
GT3 = [
    Line(D(3), D("19.99"), discount_percent=D(10)),
    Line(D(1), D("7.45")),
    Line(D(7), D("0.333")),
]


def test_nets_are_rounded_per_line() -> None:
    totals = quote_totals(GT3, Terms("CNY"))
    assert [line.net for line in totals.lines] == [D("53.97"), D("7.45"), D("2.33")]
    assert totals.net_total == totals.total == D("63.75")


def test_the_header_discount_lowers_each_base() -> None:
    totals = quote_totals(GT3, Terms("CNY", header_discount_amount=D(5)))
    assert [line.header_discount for line in totals.lines] == [D("4.23"), D("0.59"), D("0.18")]
    assert [line.base for line in totals.lines] == [D("49.74"), D("6.86"), D("2.15")]
    assert totals.total == D("58.75")


def test_a_header_discount_in_percent_is_rounded_once() -> None:
    totals = quote_totals(GT3, Terms("CNY", header_discount_percent=D(10)))
    assert totals.discount_total == D("6.38")
    assert sum(line.header_discount for line in totals.lines) == D("6.38")


@pytest.mark.parametrize(("rounding", "tax"), [(TaxRounding.PER_LINE, "0.15"), (TaxRounding.PER_DOCUMENT, "0.14")])
def test_tax_rounds_per_line_or_per_document(rounding: TaxRounding, tax: str) -> None:
    lines = [Line(D(1), D("0.35"), tax_code="VAT13", tax_rate=D(13))] * 3
    totals = quote_totals(lines, Terms("CNY", tax_rounding=rounding))
    assert totals.tax_total == D(tax)
    assert sum(line.tax for line in totals.lines) == D(tax)
    assert totals.total == D("1.05") + D(tax)


def test_prices_with_tax_yield_base_and_tax_that_add_up() -> None:
    totals = quote_totals([Line(D(1), D(113), tax_rate=D(13))], Terms("CNY", prices_include_tax=True))
    assert (totals.base_total, totals.tax_total, totals.total) == (D(100), D(13), D(113))


def test_prices_with_tax_never_change_the_total() -> None:
    lines = [Line(D(1), D("0.35"), tax_rate=D(13))] * 3
    for rounding in TaxRounding:
        assert quote_totals(lines, Terms("CNY", rounding, prices_include_tax=True)).total == D("1.05")


def test_optional_lines_are_shown_and_not_summed() -> None:
    totals = quote_totals([*GT3, Line(D(2), D(100), optional=True)], Terms("CNY"))
    assert totals.lines[3].net == D(200)
    assert totals.total == D("63.75")


def test_a_credit_line_lowers_the_total() -> None:
    assert quote_totals([*GT3, Line(D(-1), D("3.75"), credit=True)], Terms("CNY")).total == D("60.00")


def test_freight_and_its_tax_come_on_top() -> None:
    totals = quote_totals(GT3, Terms("CNY", freight=D(10), freight_tax_rate=D(9)))
    assert totals.total == D("63.75") + D(10) + D("0.90")
    assert (totals.taxes[-1].tax_code, totals.taxes[-1].tax) == (FREIGHT, D("0.90"))


def test_yen_have_no_fraction() -> None:
    totals = quote_totals([Line(D(3), D("33.3"), tax_rate=D(10))], Terms("JPY"))
    assert (totals.net_total, totals.tax_total, totals.total) == (D(100), D(10), D(110))


def test_the_discount_rate_compares_with_list_prices() -> None:
    assert quote_totals([Line(D(1), D(100), discount_amount=D(20))], Terms("CNY")).discount_rate == D("20.00")


def test_every_line_that_cannot_be_priced_is_named() -> None:
    lines = [Line(D(0), D(1)), Line(D(-1), D(1)), Line(D(1), D(5), discount_amount=D(6)), Line(D(1), D(1), D(101))]
    with pytest.raises(InvalidArgument) as refused:
        quote_totals(lines, Terms("CNY", freight=D(-1)))
    assert [v.field for v in refused.value.violations] == [
        "lines[0].quantity",
        "lines[1].quantity",
        "lines[2].discount_amount",
        "lines[3].discount_percent",
        "freight",
    ]


prices = st.decimals(0, 10**5, places=6)


@settings(deadline=None)
@given(
    lines=st.lists(
        st.builds(
            Line,
            quantity=st.decimals("0.000001", 1000, places=6),
            list_price=prices,
            discount_percent=st.decimals(0, 100, places=2),
            tax_rate=st.sampled_from([D(0), D(6), D(9), D(13)]),
            optional=st.booleans(),
        ),
        max_size=8,
    ),
    inclusive=st.booleans(),
    rounding=st.sampled_from(TaxRounding),
    percent=st.decimals(0, 100, places=2),
)
def test_the_parts_of_any_quote_add_up_to_its_total(
    lines: list[Line], inclusive: bool, rounding: TaxRounding, percent: Decimal
) -> None:
    terms = Terms("CNY", rounding, prices_include_tax=inclusive, header_discount_percent=percent)
    totals = quote_totals(lines, terms)
    assert sum(line.base + line.tax for line in totals.lines) == totals.total
    assert sum(item.base for item in totals.taxes) == totals.base_total
    assert sum(item.tax for item in totals.taxes) == totals.tax_total
    if inclusive:
        assert totals.total == totals.net_total - totals.discount_total

"""What a quote comes to (domain rule 4.5; GT-1, GT-3).

Order: gross = quantity × list price; unit price = list price less discount; net = quantity × unit price, rounded; the
header discount is spread over the nets by largest remainder; tax is taken of what remains, per line or per tax code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.money import HUNDRED, ZERO, rounded, split, storable

PRICE_DIGITS = Decimal("0.000001")
RATE_DIGITS = Decimal("0.01")
FREIGHT = "FREIGHT"
"""Tax code under which the tax on freight is shown."""


class TaxRounding(StrEnum):
    """Where tax is rounded; the results may differ by minor units and both are legal."""

    PER_LINE = "PER_LINE"
    PER_DOCUMENT = "PER_DOCUMENT"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as offered. Percents are 0 to 100; a discount is either a percent or an amount per unit."""

    quantity: Decimal
    list_price: Decimal
    discount_percent: Decimal = ZERO
    discount_amount: Decimal = ZERO
    tax_code: str = ""
    tax_rate: Decimal = ZERO
    optional: bool = False
    credit: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the whole quote. A negative header discount is a surcharge; freight is without its tax."""

    currency: str
    tax_rounding: TaxRounding = TaxRounding.PER_LINE
    prices_include_tax: bool = False
    header_discount_amount: Decimal = ZERO
    header_discount_percent: Decimal = ZERO
    freight: Decimal = ZERO
    freight_tax_rate: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What one line comes to; `base` and `tax` are zero on optional lines, which are shown and not summed."""

    gross: Decimal
    unit_price: Decimal
    net: Decimal
    header_discount: Decimal = ZERO
    base: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class TaxSum:
    """Tax of one code at one rate over the document."""

    tax_code: str
    tax_rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What the quote comes to; `discount_rate` is percent below the list prices, two digits."""

    lines: tuple[PricedLine, ...]
    taxes: tuple[TaxSum, ...]
    net_total: Decimal
    discount_total: Decimal
    base_total: Decimal
    tax_total: Decimal
    freight: Decimal
    total: Decimal
    discount_rate: Decimal


def quote_totals(lines: Sequence[Line], terms: Terms) -> Totals:
    """The totals; InvalidArgument lists every line and term that cannot be priced."""
    check(lines, terms)
    with localcontext(Context(prec=60)):
        priced = [_net(line, terms.currency) for line in lines]
        summed = [i for i, line in enumerate(lines) if not line.optional]
        net_total = sum((priced[i].net for i in summed), ZERO)
        for i, line in enumerate(priced):
            storable(line.gross, f"lines[{i}].quantity")
        discount = _header_discount(net_total, terms)
        shares = split(discount, [priced[i].net for i in summed], terms.currency)
        due = {i: priced[i].net - share for i, share in zip(summed, shares, strict=True)}
        taxes, taxed = _taxes(lines, due, terms)
        for i, share in zip(summed, shares, strict=True):
            line, (base, tax) = priced[i], taxed[i]
            priced[i] = PricedLine(line.gross, line.unit_price, line.net, share, base, tax)
        freight = rounded(terms.freight, terms.currency)
        if freight:
            freight_tax = rounded(freight * terms.freight_tax_rate / HUNDRED, terms.currency)
            taxes.append(TaxSum(FREIGHT, terms.freight_tax_rate, freight, freight_tax))
        base_total = sum((base for base, _ in taxed.values()), ZERO)
        tax_total = sum((item.tax for item in taxes), ZERO)
        storable(base_total + tax_total + freight, "lines")
        return Totals(
            lines=tuple(priced),
            taxes=tuple(taxes),
            net_total=net_total,
            discount_total=discount,
            base_total=base_total,
            tax_total=tax_total,
            freight=freight,
            total=base_total + tax_total + freight,
            discount_rate=_discount_rate(lines, priced, due),
        )


def _net(line: Line, currency: str) -> PricedLine:
    off = line.discount_amount or line.list_price * line.discount_percent / HUNDRED
    unit_price = (line.list_price - off).quantize(PRICE_DIGITS, rounding=ROUND_HALF_UP)
    return PricedLine(
        gross=rounded(line.quantity * line.list_price, currency),
        unit_price=unit_price,
        net=rounded(line.quantity * unit_price, currency),
    )


def _header_discount(net_total: Decimal, terms: Terms) -> Decimal:
    if terms.header_discount_percent:
        return rounded(net_total * terms.header_discount_percent / HUNDRED, terms.currency)
    return rounded(terms.header_discount_amount, terms.currency)


def _taxes(
    lines: Sequence[Line], due: dict[int, Decimal], terms: Terms
) -> tuple[list[TaxSum], dict[int, tuple[Decimal, Decimal]]]:
    """Tax per code and rate, and (base, tax) per line; with document rounding a line bears its part of the tax."""
    groups: dict[tuple[str, Decimal], list[int]] = {}
    for i in due:
        groups.setdefault((lines[i].tax_code, lines[i].tax_rate), []).append(i)
    sums: list[TaxSum] = []
    taxed: dict[int, tuple[Decimal, Decimal]] = {}
    for (code, rate), members in groups.items():
        amounts = [due[i] for i in members]
        if terms.tax_rounding is TaxRounding.PER_LINE:
            parts = [_tax(amount, rate, terms) for amount in amounts]
        else:
            parts = split(_tax(sum(amounts, ZERO), rate, terms), amounts, terms.currency)
        for i, amount, tax in zip(members, amounts, parts, strict=True):
            taxed[i] = (amount - tax if terms.prices_include_tax else amount, tax)
        sums.append(TaxSum(code, rate, sum((taxed[i][0] for i in members), ZERO), sum(parts, ZERO)))
    return sums, taxed


def _tax(amount: Decimal, rate: Decimal, terms: Terms) -> Decimal:
    if terms.prices_include_tax:
        return amount - rounded(Fraction(amount) / (1 + Fraction(rate) / 100), terms.currency)
    return rounded(amount * rate / HUNDRED, terms.currency)


def _discount_rate(lines: Sequence[Line], priced: Sequence[PricedLine], due: dict[int, Decimal]) -> Decimal:
    sold = [i for i in due if not lines[i].credit]
    listed = sum((priced[i].gross for i in sold), ZERO)
    if listed <= 0:
        return ZERO
    below = listed - sum((due[i] for i in sold), ZERO)
    return (below / listed * HUNDRED).quantize(RATE_DIGITS, rounding=ROUND_HALF_UP)


def check(lines: Sequence[Line], terms: Terms) -> None:
    """Refuse what has no price: every fault of every line at once."""
    found = [violation for i, line in enumerate(lines) for violation in _line_faults(f"lines[{i}]", line)]
    if terms.header_discount_percent and terms.header_discount_amount:
        found.append(
            _fault(
                "header_discount_amount",
                "TWO_DISCOUNTS",
                "Give a percent or an amount, not both.",
                "折扣率和折扣额只能填一个。",
            )
        )
    if not -HUNDRED <= terms.header_discount_percent <= HUNDRED:
        found.append(_fault("header_discount_percent", "OUT_OF_RANGE", "Give -100 to 100.", "请填写 -100 到 100。"))
    if terms.freight < 0:
        found.append(_fault("freight", "NEGATIVE", "Freight is zero or more.", "运费不能为负。"))
    if not 0 <= terms.freight_tax_rate <= HUNDRED:
        found.append(_fault("freight_tax_rate", "OUT_OF_RANGE", "Give 0 to 100.", "请填写 0 到 100。"))
    if found:
        raise InvalidArgument(found)


def _line_faults(path: str, line: Line) -> list[Violation]:
    found = []
    if line.quantity == 0:
        found.append(_fault(f"{path}.quantity", "ZERO", "Give a quantity.", "请填写数量。"))
    if line.quantity < 0 and not line.credit:
        found.append(
            _fault(f"{path}.quantity", "NEGATIVE", "Only a credit line may be negative.", "只有贷记行的数量可以为负。")
        )
    if line.list_price < 0:
        found.append(_fault(f"{path}.list_price", "NEGATIVE", "A price is zero or more.", "价格不能为负。"))
    if line.discount_percent and line.discount_amount:
        found.append(
            _fault(
                f"{path}.discount_amount",
                "TWO_DISCOUNTS",
                "Give a percent or an amount, not both.",
                "折扣率和折扣额只能填一个。",
            )
        )
    if not 0 <= line.discount_percent <= HUNDRED:
        found.append(_fault(f"{path}.discount_percent", "OUT_OF_RANGE", "Give 0 to 100.", "请填写 0 到 100。"))
    if not 0 <= line.discount_amount <= max(line.list_price, ZERO):
        found.append(
            _fault(f"{path}.discount_amount", "OUT_OF_RANGE", "Give at most the list price.", "折扣额不能超过标价。")
        )
    if not 0 <= line.tax_rate <= HUNDRED:
        found.append(_fault(f"{path}.tax_rate", "OUT_OF_RANGE", "Give 0 to 100.", "请填写 0 到 100。"))
    return found


def _fault(field: str, reason: str, en: str, zh: str) -> Violation:
    return Violation(field, reason, en, zh)

"""Exact money: a currency's minor unit, and splitting without losing one (domain rules 0.2, 0.3)."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

ZERO = Decimal(0)
MOST = Decimal(10) ** 14
"""Amounts stay below it: 14 digits before the point."""

_TWO_DIGITS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW
KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS = (
    dict.fromkeys(_TWO_DIGITS.split(), 2)
    | dict.fromkeys(_NO_DIGITS.split(), 0)
    | dict.fromkeys(_THREE_DIGITS.split(), 3)
)
"""Digits after the point of each ISO 4217 currency in circulation."""


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 CNY, 1 JPY, 0.001 KWD."""
    return Decimal(1).scaleb(-EXPONENTS[currency])


def in_minor_units(value: Decimal, currency: str) -> bool:
    """Whether an amount can be paid in the currency: 1.005 CNY cannot."""
    return value % minor_unit(currency) == 0


def rounded(value: Decimal, currency: str) -> Decimal:
    """The value in whole minor units, halves away from zero."""
    return value.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def split(total: Decimal, weights: Sequence[Fraction], currency: str) -> list[Decimal]:
    """Parts of a total in proportion to the weights, in whole minor units, adding up exactly.

    Largest remainder: each part is floored, the units left over go to the largest fractions, ties to the lowest
    position. ValueError when the weights add up to nothing or the total is not in whole minor units.
    """
    if total < 0:
        return [-part for part in split(-total, weights, currency)]
    unit, whole = minor_unit(currency), sum(weights, Fraction(0))
    units = int(total / unit)
    if units * unit != total or whole <= 0:
        raise ValueError(f"{total} {currency} cannot be split in whole minor units by these weights")
    exact = [units * weight / whole for weight in weights]
    floors = [part.numerator // part.denominator for part in exact]
    by_fraction = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in by_fraction[: units - sum(floors)]:
        floors[i] += 1
    return [floor * unit for floor in floors]


def text(value: Decimal) -> str:
    """A decimal as the contract writes it: no exponent, no trailing zeros."""
    return format(value.normalize(), "f") if value else "0"

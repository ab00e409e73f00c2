"""Exact money: rounding to a currency's minor unit and splitting without losing one."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

from crm_kit.errors import InvalidArgument

ZERO = Decimal(0)
HUNDRED = Decimal(100)
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


def known_currency(code: str, field: str = "currency") -> str:
    """The code if it is an ISO 4217 currency in circulation; else InvalidArgument for the field."""
    if code in EXPONENTS:
        return code
    raise InvalidArgument.of(
        field,
        "UNKNOWN_CURRENCY",
        f"{code!r} is not a currency in circulation. Give an ISO 4217 code such as CNY.",
        f"“{code}”不是流通中的货币，请填写 ISO 4217 货币代码，例如 CNY。",
    )


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 CNY, 1 JPY, 0.001 KWD."""
    return Decimal(1).scaleb(-EXPONENTS[currency])


def in_minor_units(value: Decimal, currency: str) -> bool:
    """Whether an amount can be paid in the currency: 1.005 CNY cannot."""
    return value % minor_unit(currency) == 0


def rounded(value: Decimal | Fraction, currency: str) -> Decimal:
    """The value in whole minor units, halves away from zero."""
    unit = minor_unit(currency)
    if isinstance(value, Fraction):
        units = abs(value) / Fraction(unit) + Fraction(1, 2)
        whole = Decimal(units.numerator // units.denominator) * unit
        return -whole if value < 0 else whole
    return value.quantize(unit, rounding=ROUND_HALF_UP)


def storable(value: Decimal, field: str) -> Decimal:
    """The value if a row can hold it; else InvalidArgument for the field that led to it."""
    if abs(value) < MOST:
        return value
    raise InvalidArgument.of(
        field, "TOO_LARGE", "This comes to 100 trillion or more.", "金额达到或超过一百万亿，请核对。"
    )


def split(total: Decimal, weights: Sequence[Decimal | Fraction], currency: str) -> list[Decimal]:
    """Parts of a total in proportion to the weights, in whole minor units, adding up exactly.

    Largest remainder: each part is floored, the units left over go to the largest fractions, ties to the lowest
    position. Weights that add up to nothing share equally. The total must be in whole minor units.
    """
    if not weights:
        return []
    if total < 0:
        return [-part for part in split(-total, weights, currency)]
    unit = minor_unit(currency)
    units = int(total / unit)
    if units * unit != total:
        raise ValueError(f"{total} is not in whole minor units of {currency}")
    shares = [Fraction(weight) for weight in weights]
    whole = sum(shares)
    if whole == 0:
        shares, whole = [Fraction(1)] * len(weights), Fraction(len(weights))
    exact = [units * share / whole for share in shares]
    floors = [part.numerator // part.denominator for part in exact]
    by_fraction = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in by_fraction[: units - sum(floors)]:
        floors[i] += 1
    return [floor * unit for floor in floors]


def text(value: Decimal) -> str:
    """A decimal as the contract writes it: no exponent, no trailing zeros."""
    return format(value.normalize(), "f") if value else "0"


def money_text(value: Decimal, currency: str) -> str:
    """An amount as people write it, with all digits of its currency: `63.70`."""
    return format(value.quantize(minor_unit(currency), rounding=ROUND_FLOOR), "f")

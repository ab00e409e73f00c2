"""Price a quote: fill its lines from the products they name, check them and compute every total."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import grpc

from crm_kit.errors import Error, InvalidArgument, Violation
from crm_kit.fieldtypes import decimal_of
from crm_kit.money import known_currency, money_text, rounded, text
from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.product import Product
from crm_sales.domain.quote import Quote
from crm_sales.domain.quote_totals import Line, TaxRounding, Terms, Totals, quote_totals

MOST_LINES = 500
NUMBERS = ("quantity", "list_price", "discount_percent", "discount_amount", "tax_rate")
COMPUTED = ("gross", "unit_price", "net", "header_discount", "base", "tax")


class QuoteTotalDiffers(Error):
    """The client computed another total. Facts: sent, computed, currency."""

    status = grpc.StatusCode.ABORTED
    en = (
        "You sent the total {sent} {currency}; the lines come to {computed} {currency}. Check them and send that total."
    )
    zh = "您提交的总额为 {sent} {currency}，按明细计算为 {computed} {currency}。请核对后重新提交。"


@dataclass(frozen=True, slots=True)
class ClientTotal:
    """What the client says the quote comes to."""

    amount: Decimal
    currency: str


async def price_quote(tx: Tx, quote: Quote, expected: ClientTotal | None = None) -> Quote:
    """Fill lines and totals of the quote; refuses what has no price, and a client's total that differs."""
    known_currency(quote.currency)
    if len(quote.lines) > MOST_LINES:
        raise InvalidArgument.of(
            "lines", "TOO_MANY", f"At most {MOST_LINES} lines.", f"最多 {MOST_LINES} 行，请拆分报价。"
        )
    lines = await _filled(tx, quote)
    totals = quote_totals(_parsed(lines), _terms(quote))
    quote.lines = [_written(line, totals, i) for i, line in enumerate(lines)]
    quote.taxes = [
        {
            "tax_code": item.tax_code,
            "tax_rate": text(item.tax_rate),
            "base": text(item.base),
            "tax": text(item.tax),
        }
        for item in totals.taxes
    ]
    for name in ("net_total", "discount_total", "base_total", "tax_total", "total", "freight", "discount_rate"):
        setattr(quote, name, getattr(totals, name))
    if expected is not None:
        _compare(quote, expected)
    return quote


def _terms(quote: Quote) -> Terms:
    return Terms(
        currency=quote.currency,
        tax_rounding=TaxRounding(quote.tax_rounding),
        prices_include_tax=quote.prices_include_tax,
        header_discount_amount=quote.header_discount_amount,
        header_discount_percent=quote.header_discount_percent,
        freight=quote.freight,
        freight_tax_rate=quote.freight_tax_rate,
    )


def _compare(quote: Quote, expected: ClientTotal) -> None:
    if expected.currency != quote.currency:
        raise InvalidArgument.of(
            "total.currency",
            "OTHER_CURRENCY",
            f"The quote is in {quote.currency}.",
            f"报价币种为 {quote.currency}。",
        )
    if expected.amount != quote.total:
        sent = money_text(rounded(expected.amount, quote.currency), quote.currency)
        if rounded(expected.amount, quote.currency) != expected.amount:
            sent = text(expected.amount)
        raise QuoteTotalDiffers(sent=sent, computed=money_text(quote.total, quote.currency), currency=quote.currency)


async def _filled(tx: Tx, quote: Quote) -> list[dict[str, Any]]:
    """The lines with what their products say where they are silent, and with their keys."""
    faults: list[Violation] = []
    wanted = {i: _product_id(line, i, faults) for i, line in enumerate(quote.lines) if line.get("product_id")}
    products = await queries.products_by_id(tx, [key for key in wanted.values() if key is not None])
    given = [line["key"] for line in quote.lines if line.get("key")]
    fresh = (str(n) for n in range(1, 2 * MOST_LINES + 2) if str(n) not in given)
    filled = []
    for i, line in enumerate(quote.lines):
        if given.count(line.get("key")) > 1:
            faults.append(_fault(i, "key", "REPEATED", "Another line has this key.", "行标识重复。"))
        key = wanted.get(i)
        product = products.get(key) if key is not None else None
        if key is not None:
            faults += _product_faults(line, product, i)
        known = line if product is None else _from_product(line, product, quote.currency)
        filled.append({**known, "key": line.get("key") or next(fresh)})
    if faults:
        raise InvalidArgument(faults)
    return filled


def _product_faults(line: dict[str, Any], product: Product | None, i: int) -> list[Violation]:
    """A new line names a product on offer; one kept from before may name one that is not any more."""
    if product is None or (product.delete_time is not None and not line.get("key")):
        return [_fault(i, "product_id", "NOT_FOUND", "There is no such product.", "没有此产品。")]
    if product.retired and not line.get("key"):
        return [
            _fault(i, "product_id", "RETIRED", f"{product.code} is not offered any more.", f"{product.code} 已停售。")
        ]
    return []


def _product_id(line: dict[str, Any], i: int, faults: list[Violation]) -> UUID | None:
    try:
        return UUID(line["product_id"])
    except ValueError:
        faults.append(_fault(i, "product_id", "NOT_A_UUID", "Give the product's id.", "请填写产品的 id。"))
        return None


def _from_product(line: dict[str, Any], product: Product, currency: str) -> dict[str, Any]:
    offered: dict[str, Any] = {
        "name": product.name,
        "description": product.description,
        "product_line": product.product_line,
        "unit": product.unit,
        "tax_code": product.tax_code,
        "tax_rate": text(product.tax_rate),
    }
    # A price in another currency says nothing here; the line must name its own.
    if product.list_price is not None and product.list_price_currency == currency:
        offered["list_price"] = text(product.list_price)
    return {name: value for name, value in offered.items() if value} | {k: v for k, v in line.items() if v != ""}


def _parsed(lines: Sequence[dict[str, Any]]) -> list[Line]:
    """The lines as numbers; InvalidArgument names every text that is none."""
    faults: list[Violation] = []
    parsed = []
    for i, line in enumerate(lines):
        numbers = {name: _number(line, name, i, faults) for name in NUMBERS if line.get(name)}
        faults += [
            _fault(i, name, "REQUIRED", f"Give the {name}.", f"请填写 {name}。")
            for name in ("name", "quantity", "list_price")
            if not line.get(name)
        ]
        numbers = {"quantity": Decimal(1), "list_price": Decimal(0), **numbers}
        parsed.append(
            Line(
                **numbers,
                tax_code=line.get("tax_code", ""),
                optional=line.get("optional", False),
                credit=line.get("credit", False),
            )
        )
    if faults:
        raise InvalidArgument(faults)
    return parsed


def _number(line: dict[str, Any], name: str, i: int, faults: list[Violation]) -> Decimal:
    try:
        return decimal_of(str(line[name]).strip())
    except ValueError:
        faults.append(
            _fault(i, name, "NOT_A_NUMBER", "Give a decimal number like 1234.50.", "请填写形如 1234.50 的数字。")
        )
        return Decimal(1)


def _written(line: dict[str, Any], totals: Totals, i: int) -> dict[str, Any]:
    priced = totals.lines[i]
    return line | {name: text(getattr(priced, name)) for name in COMPUTED}


def _fault(i: int, name: str, reason: str, en: str, zh: str) -> Violation:
    return Violation(f"lines[{i}].{name}", reason, en, zh)

"""Make and change products and competitors, and say so."""

from decimal import Decimal
from typing import Any

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.money import HUNDRED, known_currency
from crm_kit.tx import Tx
from crm_sales.domain.competitor import Competitor
from crm_sales.domain.product import Product
from crm_sales.mappings import competitors, products


async def add_product(tx: Tx, product: Product) -> Product:
    """Keep a new product."""
    check_product(product)
    tx.add(product)
    tx.publish(product, events.ProductChanged())
    return product


async def edit_product(tx: Tx, product: Product, values: dict[str, Any]) -> Product:
    """Change a product; quotes made before keep what they offered."""
    if values.get("tax_rate", 0) is None:
        values["tax_rate"] = Decimal(0)
    if products.apply(product, values):
        check_product(product)
        tx.publish(product, events.ProductChanged())
    return product


async def add_competitor(tx: Tx, competitor: Competitor) -> Competitor:
    """Keep a new competitor."""
    tx.add(competitor)
    tx.publish(competitor, events.CompetitorChanged())
    return competitor


async def edit_competitor(tx: Tx, competitor: Competitor, values: dict[str, Any]) -> Competitor:
    """Change what is known of a competitor."""
    if competitors.apply(competitor, values):
        tx.publish(competitor, events.CompetitorChanged())
    return competitor


def check_product(product: Product) -> None:
    """InvalidArgument unless price and tax rate can be."""
    wrong = []
    if product.list_price is not None:
        known_currency(product.list_price_currency, "list_price.currency")
        if product.list_price < 0:
            wrong.append(Violation("list_price", "NEGATIVE", "A price is zero or more.", "价格不能为负。"))
    if not 0 <= product.tax_rate <= HUNDRED:
        wrong.append(Violation("tax_rate", "OUT_OF_RANGE", "Give 0 to 100.", "请填写 0 到 100。"))
    if wrong:
        raise InvalidArgument(wrong)

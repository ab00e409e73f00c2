"""Something to sell, a thing or a service."""

from decimal import Decimal

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_sales.domain.record import Amount, Percent, Record, Searchable, search_indexes


class Product(Searchable, Record):
    """What a quote line names; quotes keep a copy, so that changing a product changes no quote."""

    __tablename__ = "product"
    __searched__ = ("code", "name")
    __unscoped__ = "every seller may offer every product"
    __table_args__ = (
        Index("uq_product_code", "code", unique=True, postgresql_where=text("delete_time IS NULL")),
        *search_indexes("product"),
    )

    code: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    product_line: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    list_price: Mapped[Amount | None] = mapped_column(default=None)
    list_price_currency: Mapped[str] = mapped_column(default="")
    tax_code: Mapped[str] = mapped_column(default="")
    tax_rate: Mapped[Percent] = mapped_column(default=Decimal(0))
    retired: Mapped[bool] = mapped_column(default=False)

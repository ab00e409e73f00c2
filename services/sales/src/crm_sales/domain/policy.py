"""What the enterprise decided once for all its sales."""

from dataclasses import dataclass
from decimal import Decimal

from crm_sales.domain.quote_totals import TaxRounding


@dataclass(frozen=True, slots=True)
class SalesPolicy:
    """``time_zone``: IANA zone whose days count where no customer's is known. ``free_discount``: percent a quote may go
    below the list prices without approval; None lets every discount pass."""

    time_zone: str
    tax_rounding: TaxRounding
    free_discount: Decimal | None

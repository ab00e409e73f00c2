"""What only the sales service reads from its environment."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from crm_kit.settings import one_of, variable
from crm_sales.domain.days import is_zone
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.quote_totals import TaxRounding


def zone(text: str) -> str:
    if not is_zone(text):
        raise ValueError("expected an IANA zone such as Asia/Shanghai")
    return text


def percent(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("expected a number from 0 to 100") from error
    if not 0 <= found <= 100:
        raise ValueError("expected a number from 0 to 100")
    return found


@dataclass(frozen=True, slots=True)
class SalesSettings:
    """The enterprise's decisions on quotes and days."""

    time_zone: str = variable("CRM_TIME_ZONE", "IANA zone of the enterprise", default="Asia/Shanghai", parse=zone)
    tax_rounding: str = variable(
        "CRM_TAX_ROUNDING",
        "per_line or per_document",
        default="per_line",
        parse=one_of("per_line", "per_document"),
    )
    free_discount: Decimal | None = variable(
        "CRM_QUOTE_FREE_DISCOUNT", "percent of discount a quote may give without approval", default=None, parse=percent
    )

    @property
    def policy(self) -> SalesPolicy:
        return SalesPolicy(self.time_zone, TaxRounding(self.tax_rounding.upper()), self.free_discount)

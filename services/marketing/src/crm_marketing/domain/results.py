"""What a campaign achieved for its cost (domain rule 6.1; GT-8): currencies are never added, cost is taken once."""

from dataclasses import dataclass, field
from decimal import Decimal

from crm_kit.money import ZERO, rounded
from crm_marketing.domain.goals import percent


@dataclass(frozen=True, slots=True)
class Results:
    """Counts and sums of one campaign, or of it and its parts; money per currency."""

    campaign_count: int = 1
    reached: int = 0
    responded: int = 0
    leads: int = 0
    valid_leads: int = 0
    opportunities: int = 0
    won: int = 0
    won_without_amount: int = 0
    revenue: dict[str, Decimal] = field(default_factory=dict)
    cost: dict[str, Decimal] = field(default_factory=dict)

    @property
    def spent(self) -> dict[str, Decimal]:
        """Currencies in which something was spent."""
        return {currency: amount for currency, amount in self.cost.items() if amount}

    @property
    def roi_absent_reason(self) -> str:
        """Why no return can be stated: nothing was spent, or amounts stand in several currencies."""
        if not self.spent:
            return "NO_COST"
        earned = {currency for currency, amount in self.revenue.items() if amount}
        return "SEVERAL_CURRENCIES" if len(earned | set(self.spent)) > 1 else ""

    @property
    def roi_percent(self) -> Decimal | None:
        """(revenue − cost) ÷ cost in percent; None when undefined, which is neither zero nor infinite."""
        if self.roi_absent_reason:
            return None
        ((currency, cost),) = self.spent.items()
        return percent(self.revenue.get(currency, ZERO) - cost, cost)

    def cost_per(self, count: int) -> tuple[Decimal, str] | None:
        """Cost of each of ``count``, with its currency; None without any, or with costs in several currencies."""
        if not count or len(self.spent) != 1:
            return None
        ((currency, cost),) = self.spent.items()
        return rounded(cost / count, currency), currency

    def achieved(self, metric: str, currency: str) -> Decimal:
        """What was achieved of a goal's metric; revenue in the given currency only."""
        return self.revenue.get(currency, ZERO) if metric == "revenue" else Decimal(int(getattr(self, metric)))

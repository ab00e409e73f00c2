"""Edit a deal: a changed amount and a changed expected day are facts of their own."""

from typing import Any

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.money import known_currency
from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.opportunity import Opportunity
from crm_sales.mappings import money, opportunities
from crm_sales.usecases.open_opportunity import check_worth
from crm_sales.usecases.place_deals import replace_deal


async def edit_opportunity(tx: Tx, deal: Opportunity, values: dict[str, Any]) -> Opportunity:
    """Apply column values of an update; announces what changed, each kind of change as its own event."""
    really = {name for name, value in values.items() if getattr(deal, name) != value}
    deal.refuse_frozen(really)
    _change_amount(tx, deal, values)
    if "expected_close_date" in values:
        before = deal.expected_close_date
        if deal.change_expected_close(values.pop("expected_close_date")):
            previous = before.isoformat() if before else ""
            tx.publish(deal, events.OpportunityCloseDateChanged(previous_close_date=previous))
    if values.get("forecast_category") == "":
        values.pop("forecast_category")
    if "probability" in really and "probability_locked" not in values:
        values["probability_locked"] = True
    unlocked = deal.probability_locked and values.get("probability_locked") is False
    changed = opportunities.apply(deal, values)
    check_worth(deal)
    if unlocked:
        pipeline = await queries.pipeline_of(tx, deal.pipeline_id)
        deal.unlock_probability(pipeline.stage(deal.stage))
    if changed:
        tx.publish(deal, events.OpportunityUpdated())
    if "customer_id" in changed:
        await replace_deal(tx, deal)
    return deal


def _change_amount(tx: Tx, deal: Opportunity, values: dict[str, Any]) -> None:
    if "amount" not in values:
        return
    before = money(deal.amount, deal.amount_currency)
    amount, currency = values.pop("amount"), values.pop("amount_currency", "")
    if amount is not None:
        known_currency(currency, "amount.currency")
    if deal.change_amount(amount, currency):
        tx.publish(deal, events.OpportunityAmountChanged(previous_amount=before))

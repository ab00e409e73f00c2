"""Open a deal: by hand, or from a lead that is being converted."""

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.money import known_currency, rounded
from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.days import local_day
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.stages import ForecastCategory, Status
from crm_sales.usecases.place_deals import place_new_deal
from crm_sales.usecases.stage_history import begin_stay


async def open_opportunity(tx: Tx, deal: Opportunity, policy: SalesPolicy) -> Opportunity:
    """Start the deal in its pipeline and announce it, unless an operation has yet to confirm it."""
    check_worth(deal)
    pipeline = await queries.pipeline_of(tx, deal.pipeline_id)
    deal.probability_locked = deal.probability_locked or deal.probability > 0
    deal.open(pipeline, tx.now, local_day(tx.now, policy.time_zone))
    deal.owner_id = deal.owner_id or tx.principal.user_id
    deal.number = await tx.number("OP", deal.unit_path)
    tx.add(deal)
    if deal.pending_operation_id is None:
        await place_new_deal(tx, deal)
        tx.publish(deal, events.OpportunityCreated())
    begin_stay(tx, deal)
    return deal


def check_worth(deal: Opportunity) -> None:
    """InvalidArgument unless amount, probability and forecast category can be true of an open deal."""
    wrong = []
    if deal.amount is not None:
        known_currency(deal.amount_currency, "amount.currency")
        deal.amount = rounded(deal.amount, deal.amount_currency)
        if deal.amount < 0:
            wrong.append(Violation("amount", "NEGATIVE", "An amount is zero or more.", "金额不能为负。"))
    if not 0 <= deal.probability <= 100:
        wrong.append(Violation("probability", "OUT_OF_RANGE", "Give 0 to 100.", "请填写 0 到 100。"))
    if deal.forecast_category == ForecastCategory.CLOSED and deal.state == Status.OPEN:
        wrong.append(
            Violation("forecast_category", "NOT_OPEN", "CLOSED is for won deals: use win.", "CLOSED 仅用于已赢单商机。")
        )
    if wrong:
        raise InvalidArgument(wrong)

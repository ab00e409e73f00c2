"""What happens to quotes and contracts is a dealing with the customer, which the deal remembers."""

from decimal import Decimal
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.stages import Status
from crm_sales.mappings import money


async def note_dealing(
    tx: Tx, opportunity_id: UUID | None, *, worth: Decimal | None = None, currency: str = ""
) -> None:
    """The deal does not rot for another while; ``worth`` becomes its amount when it is still open."""
    if opportunity_id is None:
        return
    deal = await queries.related(tx, Opportunity, opportunity_id)
    if deal.state != Status.OPEN:
        return
    pipeline = await queries.pipeline_of(tx, deal.pipeline_id)
    deal.note_activity(pipeline.stage(deal.stage), tx.now)
    before = money(deal.amount, deal.amount_currency)
    if worth is not None and deal.change_amount(worth, currency):
        tx.publish(deal, events.OpportunityAmountChanged(previous_amount=before))

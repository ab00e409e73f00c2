"""The part of sales in turning a lead into a customer, contact and deal: make, confirm or take back, each once."""

from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events
from sqlalchemy import delete

from crm_kit.access import unscoped
from crm_kit.errors import FailedPrecondition
from crm_kit.saga import OperationCancelled, call_off, guard
from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.stage_stay import stage_stay
from crm_sales.usecases.open_opportunity import open_opportunity
from crm_sales.usecases.place_deals import place_new_deal

CREATE, CONFIRM = "create_opportunity", "confirm_opportunity"


class ConversionConfirmed(FailedPrecondition):
    """What was confirmed is a deal like any other. Facts: operation_id."""

    en = "The conversion {operation_id} is confirmed and cannot be taken back."
    zh = "转化 {operation_id} 已确认，不能撤销。"


async def create_for_conversion(tx: Tx, operation_id: UUID, deal: Opportunity, policy: SalesPolicy) -> None:
    """Make the deal, visible to nobody until confirmed; a repeat changes nothing."""
    if await guard(tx, operation_id, CREATE):
        deal.pending_operation_id = operation_id
        await open_opportunity(tx, deal, policy)


async def confirm_conversion(tx: Tx, operation_id: UUID) -> None:
    """Make the deal visible and announce it; a repeat changes nothing."""
    if not await guard(tx, operation_id, CONFIRM):
        return
    deal = await queries.half_made_deal(tx, operation_id)
    if deal is None:
        raise OperationCancelled(operation_id=operation_id)
    deal.pending_operation_id = None
    await place_new_deal(tx, deal)
    tx.publish(deal, events.OpportunityCreated())


async def cancel_conversion(tx: Tx, operation_id: UUID) -> None:
    """Remove the deal if it was made; a create that arrives later is refused."""
    if not await call_off(tx, operation_id, CREATE):
        return
    deal = await queries.half_made_deal(tx, operation_id)
    if deal is None:
        raise ConversionConfirmed(operation_id=operation_id)
    await tx.session.execute(delete(stage_stay).where(stage_stay.c.opportunity_id == deal.id))
    await tx.session.execute(
        delete(Opportunity).where(Opportunity.id == deal.id),
        execution_options=unscoped("the operation that made it takes it back"),
    )

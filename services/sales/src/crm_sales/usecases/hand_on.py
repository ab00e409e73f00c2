"""A person leaves or changes posts: open deals, offers, running contracts and tasks go on; what is closed keeps who closed it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events
from sqlalchemy import update
from sqlalchemy.orm import selectinload

from crm_kit.access import unscoped
from crm_kit.handover import Handover, Transferable
from crm_kit.tx import Tx
from crm_sales.domain.contract import Contract
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.payment_plan import LineState
from crm_sales.domain.plan_line import PlanLine
from crm_sales.domain.quote import UNANSWERED, Quote
from crm_sales.domain.stages import Status
from crm_sales.domain.task import UNDONE, Task

RUNNING = ("DRAFT", "IN_APPROVAL", "APPROVED", "PENDING_SIGN", "SIGNED", "EXECUTING")
OWED = (LineState.INACTIVE, LineState.PENDING, LineState.PART_PAID, LineState.OVERDUE)
_WHY = unscoped("what belongs to the contracts at hand")


def _opportunity(_deal: Any, _handover: Handover) -> events.OpportunityUpdated:
    return events.OpportunityUpdated()


def _task(_task: Any, _handover: Handover) -> events.TaskUpdated:
    return events.TaskUpdated()


def _contract(_contract: Any, handover: Handover) -> events.ContractHandedOver:
    return events.ContractHandedOver(previous_owner_id=str(handover.from_user_id))


async def _plan_follows(tx: Tx, handover: Handover, contract_ids: Sequence[UUID]) -> None:
    """Who looks after the contract looks after what is still owed."""
    columns = PlanLine.__table__.c
    open_lines = update(PlanLine).where(columns.contract_id.in_(contract_ids), columns.state.in_(OWED))
    changed = open_lines.values(owner_id=handover.to_user_id, version=columns.version + 1, update_time=tx.now)
    await tx.session.execute(changed.execution_options(synchronize_session=False, **_WHY))


TRANSFERABLE = (
    Transferable(Opportunity, Opportunity.__table__.c.state == Status.OPEN.value, _opportunity),
    Transferable(Quote, Quote.__table__.c.state.in_(UNANSWERED)),
    Transferable(
        Contract,
        Contract.__table__.c.state.in_(RUNNING),
        _contract,
        _plan_follows,
        children=(selectinload(Contract.plan),),
    ),
    Transferable(Task, Task.__table__.c.state.in_(UNDONE), _task),
)

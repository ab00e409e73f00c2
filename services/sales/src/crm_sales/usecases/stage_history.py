"""Every stay of a deal in a stage leaves a row: begun when it enters, ended when it leaves."""

from typing import Any
from uuid import UUID

from crm_kit.tx import Tx
from crm_sales import mappings
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.stage_stay import stage_stay


def begin_stay(tx: Tx, deal: Opportunity, left: tuple[UUID, str] | None = None) -> Any:
    """End the stay that lasts and begin the one the deal is in now; answers it as a message.

    ``left``: pipeline and stage it came from; None at creation.
    """
    if left is not None:
        tx.update(stage_stay, {"opportunity_id": deal.id, "leave_time": None}, {"leave_time": tx.now})
    row = {
        "id": tx.new_id(),
        "opportunity_id": deal.id,
        "from_pipeline_id": left[0] if left else None,
        "from_stage": left[1] if left else "",
        "pipeline_id": deal.pipeline_id,
        "stage": deal.stage,
        "enter_time": tx.now,
        "leave_time": None,
        "amount": deal.amount,
        "amount_currency": deal.amount_currency,
        "probability": deal.probability,
        "expected_close_date": deal.expected_close_date,
        "actor_id": tx.principal.actor,
        "note": deal.stage_note,
    }
    tx.insert(stage_stay, row)
    return mappings.stage_stay(row, tx.now)

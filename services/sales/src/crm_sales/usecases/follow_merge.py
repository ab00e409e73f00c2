"""Follow merge: tasks about a merged lead are about the survivor, and find back when the merge is taken back."""

from collections.abc import Sequence
from uuid import UUID

from crm.sales.v1.sales_events_pb2 import MergedLeadFollowed
from sqlalchemy import ColumnElement, delete, insert, update

from crm_kit.access import unscoped
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx
from crm_sales.domain.merged_lead import merged_lead
from crm_sales.domain.task import LEAD, Task

SAME_LEAD = unscoped("what a lead was merged into is true for all tasks about it")


async def follow_merge(tx: Tx, merge_id: UUID, lead_id: UUID, survivor_id: UUID, unit_path: str) -> None:
    """All tasks about the merged lead, done ones as well, each noted."""
    moved = await _move(tx, Task.record_id == lead_id, survivor_id)
    row = {"id": tx.new_id(), "lead_merge_id": merge_id, "lead_id": lead_id}
    await tx.session.execute(insert(merged_lead).values(**row, task_ids=moved))
    told = MergedLeadFollowed(lead_merge_id=str(merge_id), lead_id=str(lead_id), task_count=len(moved))
    await tx.publish_many("merged_lead", [BatchItem(row["id"], 1, told, unit_path)])


async def follow_unmerge(tx: Tx, merge_id: UUID, lead_id: UUID, survivor_id: UUID, unit_path: str) -> None:
    """What followed returns as it is now; a task that somebody has given another record since stays with that. When the
    merge itself is heard of later, it is old news and nothing follows it.
    """
    mine = (merged_lead.c.lead_merge_id == merge_id) & (merged_lead.c.lead_id == lead_id)
    gone = delete(merged_lead).where(mine).returning(merged_lead.c.id, merged_lead.c.task_ids)
    row = (await tx.session.execute(gone)).one_or_none()
    moved: Sequence[UUID] = ()
    if row is not None:
        moved = await _move(tx, Task.id.in_(row.task_ids) & (Task.record_id == survivor_id), lead_id)
    told = MergedLeadFollowed(lead_merge_id=str(merge_id), lead_id=str(lead_id), unmerged=True, task_count=len(moved))
    await tx.publish_many("merged_lead", [BatchItem(row.id if row else tx.new_id(), 2, told, unit_path)])


async def _move(tx: Tx, which: ColumnElement[bool], lead_id: UUID) -> Sequence[UUID]:
    statement = (
        update(Task)
        .where(Task.record_type == LEAD, which)
        .values(record_id=lead_id, version=Task.version + 1, update_time=tx.now)
        .returning(Task.id)
    )
    options = {**SAME_LEAD, "synchronize_session": False}
    return list((await tx.session.execute(statement, execution_options=options)).scalars())

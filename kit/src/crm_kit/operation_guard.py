"""What a participant of a saga keeps: a step sent twice has one effect, a step that arrives after its cancellation none."""

from uuid import UUID

from sqlalchemy import Column, DateTime, Table, Text, Uuid, select, update
from sqlalchemy.dialects import postgresql

from crm_kit.errors import FailedPrecondition
from crm_kit.metadata import kit_metadata
from crm_kit.tx import Tx

operation_guard = Table(
    "operation_guard",
    kit_metadata,
    Column("operation_id", Uuid, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
)


class OperationCancelled(FailedPrecondition):
    """The operation was called off before this step arrived. Facts: operation_id."""

    en = "The operation {operation_id} was cancelled."
    zh = "操作 {operation_id} 已取消。"


async def guard(tx: Tx, operation_id: UUID, step: str) -> bool:
    """Participant: True when this step is new and its effect must be made now; False when it was made before.

    Raises OperationCancelled when the operation was called off. The guard commits with the effect.
    """
    taken = await _mark(tx, operation_id, step, "done")
    if taken == "new":
        return True
    if taken == "cancelled":
        raise OperationCancelled(operation_id=operation_id)
    return False


async def call_off(tx: Tx, operation_id: UUID, step: str) -> bool:
    """Participant: True when the step was made and must be undone now; a step not yet seen will be refused later."""
    taken = await _mark(tx, operation_id, step, "cancelled")
    if taken != "done":
        return False
    mine = (operation_guard.c.operation_id == operation_id) & (operation_guard.c.step == step)
    await tx.session.execute(update(operation_guard).where(mine).values(state="cancelled"))
    return True


async def _mark(tx: Tx, operation_id: UUID, step: str, state: str) -> str:
    row = {"operation_id": operation_id, "step": step, "state": state, "create_time": tx.now}
    statement = (
        postgresql.insert(operation_guard).values(row).on_conflict_do_nothing().returning(operation_guard.c.step)
    )
    if (await tx.session.execute(statement)).scalar_one_or_none() is not None:
        return "new"
    mine = (operation_guard.c.operation_id == operation_id) & (operation_guard.c.step == step)
    return str((await tx.session.execute(select(operation_guard.c.state).where(mine).with_for_update())).scalar_one())

"""What a participant of a saga keeps: a step sent twice has one effect, a step that arrives after its cancellation none."""

from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid

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
    Index("ix_operation_guard_create_time", "create_time", postgresql_using="brin"),
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
    tx.update(operation_guard, {"operation_id": operation_id, "step": step}, {"state": "cancelled"})
    return True


_TAKE = """
    INSERT INTO operation_guard (operation_id, step, state, create_time) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING 1"""
_TAKEN = "SELECT state FROM operation_guard WHERE operation_id = $1 AND step = $2 FOR UPDATE"


async def _mark(tx: Tx, operation_id: UUID, step: str, state: str) -> str:
    if await tx.fetch(_TAKE, operation_id, step, state, tx.now):
        return "new"
    return str((await tx.fetch(_TAKEN, operation_id, step))[0]["state"])

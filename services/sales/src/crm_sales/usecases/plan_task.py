"""Plan a task: what it is about, who does it, when its owner is reminded; and what is changed of that later."""

from typing import Any
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events
from sqlalchemy import select

from crm_kit.access import scoped, visible
from crm_kit.errors import NotFound, PermissionDenied
from crm_kit.tx import Tx
from crm_sales.domain.contract import Contract
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.task import CONTRACT, CUSTOMER, OPPORTUNITY, UNDONE, Task
from crm_sales.mappings import tasks

REMINDER = "task.reminder"
ASSIGN = "sales.task.assign"
OURS: dict[str, type[Opportunity] | type[Contract]] = {OPPORTUNITY: Opportunity, CONTRACT: Contract}


async def create_task(tx: Tx, task: Task, policy: SalesPolicy) -> Task:
    """Make it in the caller's unit, for its maker or for a colleague if the maker may assign tasks."""
    task.creator_id = tx.principal.user_id
    given = task.owner_id is not None and task.owner_id != task.creator_id
    if given and not tx.principal.reach(ASSIGN):
        raise PermissionDenied(permission=ASSIGN)
    task.owner_id = task.owner_id or task.creator_id
    task.settle(policy.time_zone)
    task.plan()
    task.customer_id = await _customer_of(tx, task)
    return await add_task(tx, task, policy, by_rule=given)


async def add_task(tx: Tx, task: Task, policy: SalesPolicy, *, by_rule: bool) -> Task:
    """Store and announce a task that is settled. ``by_rule``: its owner may be out of the caller's reach."""
    task.number = await tx.number("TK", task.unit_path)
    tx.add(task, by_rule=by_rule)
    tx.publish(task, events.TaskCreated())
    await remind(tx, task, policy)
    return task


async def edit_task(tx: Tx, task: Task, values: dict[str, Any], policy: SalesPolicy) -> Task:
    """Apply column values of an update; a series counts from the due time it is given."""
    with tx.session.no_autoflush:
        changed = tasks.apply(task, values)
        task.settle(policy.time_zone)
        if changed & {"due_time", "all_day", "repeat_every", "repeat_unit"}:
            task.plan()
        if changed & {"record_type", "record_id"}:
            task.customer_id = await _customer_of(tx, task)
    if changed:
        tx.publish(task, events.TaskUpdated())
        await remind(tx, task, policy)
    return task


async def assign_task(tx: Tx, task: Task, owner_id: UUID) -> Task:
    """Somebody else does it, whoever that is; it stays in its unit."""
    task.need_undone()
    if task.owner_id != owner_id:
        previous, task.owner_id = task.owner_id, owner_id
        tx.publish(task, events.TaskAssigned(previous_owner_id=str(previous or "")))
    return task


async def remind(tx: Tx, task: Task, policy: SalesPolicy) -> None:
    """Set the owner's reminder, in place of the one that waits; what has passed is no reminder."""
    at = task.reminder_time(policy.time_zone)
    if at is not None and at > tx.now:
        await tx.schedule(REMINDER, task.id, at)
    else:
        await tx.cancel_timer(REMINDER, task.id)


async def reminder_due(tx: Tx, task_id: UUID) -> None:
    """The owner of a task that still waits is told."""
    task = await tx.load(Task, task_id)
    if task.state in UNDONE:
        tx.publish(task, events.TaskReminderDue())


async def _customer_of(tx: Tx, task: Task) -> UUID | None:
    """The customer of what the task is about. A deal or contract must be one the caller may read."""
    if task.record_type == CUSTOMER:
        return task.record_id
    entity = OURS.get(task.record_type)
    if entity is None:
        return None
    reader = tx.call.as_principal(tx.principal, f"{task.record_type}.get")
    wanted = select(entity.customer_id).where(entity.id == task.record_id, visible(reader, entity))
    found: UUID | None = (await tx.session.execute(wanted, execution_options=scoped(reader))).scalar_one_or_none()
    if found is None:
        raise NotFound(resource=entity.__tablename__, id=task.record_id)
    return found

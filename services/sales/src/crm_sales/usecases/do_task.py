"""Do a task: begin, finish or give it up, and take it up again; what comes again is made when the last one is done."""

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.tx import Tx
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.task import Task
from crm_sales.queries import FOLLOWS
from crm_sales.usecases.plan_task import REMINDER, add_task, remind


async def start_task(tx: Tx, task: Task) -> Task:
    """Work on it begins."""
    task.start()
    tx.publish(task, events.TaskStarted())
    return task


async def complete_task(tx: Tx, task: Task, outcome: str, policy: SalesPolicy) -> Task:
    """It is done; the next of its series is made, once."""
    task.complete(outcome.strip(), tx.now)
    await tx.cancel_timer(REMINDER, task.id)
    following = task.following(tx.now, policy.time_zone)
    if following is not None:
        await add_task(tx, following, policy, by_rule=True)
        task.next_task_id = following.id
    tx.publish(task, events.TaskCompleted())
    # Of the two that were written, a repeat is answered with the one that was asked about.
    return tx.answer_with(task)


async def cancel_task(tx: Tx, task: Task) -> Task:
    """Nobody has to do it any more."""
    task.cancel()
    await tx.cancel_timer(REMINDER, task.id)
    tx.publish(task, events.TaskCancelled())
    return task


async def reopen_task(tx: Tx, task: Task, policy: SalesPolicy) -> Task:
    """It goes on as if it had not ended. The next of its series goes unless somebody has touched it."""
    was_done = task.state == "DONE"
    task.reopen()
    if task.next_task_id is not None:
        following = await tx.session.get(Task, task.next_task_id, with_for_update=True, execution_options=FOLLOWS)
        if following is not None and following.untouched:
            await cancel_task(tx, following)
            task.next_task_id = None
    tx.publish(task, events.TaskReopened(was_done=was_done))
    await remind(tx, task, policy)
    return tx.answer_with(task)

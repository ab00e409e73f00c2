"""crm.sales.v1.TaskService."""

from crm.sales.v1 import task_pb2
from crm.sales.v1 import task_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.task import Task
from crm_sales.mappings import tasks
from crm_sales.rpc.arguments import reference, required
from crm_sales.usecases.do_task import cancel_task, complete_task, reopen_task, start_task
from crm_sales.usecases.plan_task import assign_task, create_task, edit_task


class TaskService:
    """What people have to do."""

    GetTask = tasks.get
    ListTasks = tasks.list

    def __init__(self, policy: SalesPolicy) -> None:
        self._policy = policy

    async def CreateTask(self, request: pb.CreateTaskRequest, call: Call) -> task_pb2.Task:
        task = await tasks.read(call, request.task)
        async with begin(call) as tx:
            await create_task(tx, task, self._policy)
        return tasks.write(task)

    async def UpdateTask(self, request: pb.UpdateTaskRequest, call: Call) -> task_pb2.Task:
        values = await tasks.changes(call, request.task, request.update_mask.paths)
        async with begin(call) as tx:
            task = await tx.load(Task, request.task.id, etag=request.task.etag)
            await edit_task(tx, task, values, self._policy)
        return tasks.write(task)

    async def AssignTask(self, request: pb.AssignTaskRequest, call: Call) -> task_pb2.Task:
        owner_id = required("owner_id", reference("owner_id", request.owner_id))
        async with begin(call) as tx:
            task = await assign_task(tx, await tx.load(Task, request.id, etag=request.etag), owner_id)
        return tasks.write(task)

    async def StartTask(self, request: pb.StartTaskRequest, call: Call) -> task_pb2.Task:
        async with begin(call) as tx:
            task = await start_task(tx, await tx.load(Task, request.id, etag=request.etag))
        return tasks.write(task)

    async def CompleteTask(self, request: pb.CompleteTaskRequest, call: Call) -> task_pb2.Task:
        async with begin(call) as tx:
            task = await tx.load(Task, request.id, etag=request.etag)
            await complete_task(tx, task, request.outcome, self._policy)
        return tasks.write(task)

    async def CancelTask(self, request: pb.CancelTaskRequest, call: Call) -> task_pb2.Task:
        async with begin(call) as tx:
            task = await cancel_task(tx, await tx.load(Task, request.id, etag=request.etag))
        return tasks.write(task)

    async def ReopenTask(self, request: pb.ReopenTaskRequest, call: Call) -> task_pb2.Task:
        async with begin(call) as tx:
            task = await tx.load(Task, request.id, etag=request.etag)
            await reopen_task(tx, task, self._policy)
        return tasks.write(task)

"""What operators can do about operations that do not end by themselves: see them, go on, call off."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import grpc
from crm.ops.v1 import operation_service_pb2 as pb
from sqlalchemy import func, select, text, tuple_, update

from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.dead_letters import refuse_partial_view
from crm_kit.errors import Error, FailedPrecondition, InvalidArgument, NotFound
from crm_kit.positions import position_of, size_of, token_of
from crm_kit.saga import Plan, Sagas
from crm_kit.saga_log import OPEN, saga, thaw
from crm_kit.saga_retention import GUARDS_KEPT
from crm_kit.tx import Tx, begin

log = logging.getLogger(__name__)

RECORD_TYPE = "operation"
"""Under this name ``ListChanges`` tells who retried or cancelled what."""
SAFE_FOR = GUARDS_KEPT - timedelta(days=2)
REASON_LIMIT = 500


class OperationEnded(FailedPrecondition):
    """Nothing is left to do. Facts: state."""

    en = "The operation has ended ({state})."
    zh = "该操作已结束（{state}）。"


class OperationAtWork(Error):
    """A worker is at a step of it right now."""

    status = grpc.StatusCode.ABORTED
    en = "A step of the operation is at work right now. Try again in half a minute."
    zh = "该操作的某一步正在执行，请半分钟后重试。"


class NoWayBack(FailedPrecondition):
    """The operation has reached the step after which it can only go forward. Facts: step."""

    en = "The operation has reached “{step}”, from where it can only go forward. Retry it after the cause is gone."
    zh = "该操作已到达“{step}”，此后只能继续执行，不能取消。请排除原因后重试。"


class AlreadyUndoing(FailedPrecondition):
    """What the operation made is being undone already."""

    en = "The operation is being undone already. Retry it if it is stuck."
    zh = "该操作已在撤销中；若卡住，请重试。"


class UnknownKind(FailedPrecondition):
    """This release has no plan for the operation. Facts: kind."""

    en = "This release does not know operations of the kind {kind}. Use the release that started it."
    zh = "当前版本不认识 {kind} 类操作，请使用发起该操作的版本处理。"


class OperationTooOld(FailedPrecondition):
    """Its participants may have forgotten which steps they made. Facts: days."""

    en = (
        "The operation is older than {days} days: its participants may have forgotten which steps they made, so going on "
        "could make one twice. Repair its records by hand."
    )
    zh = "该操作已超过 {days} 天，参与方可能已不记得执行过哪些步骤，继续执行可能重复生效。请人工修复相关记录。"


class OperationService:
    """The RPCs over the sagas this service started. They are of all units, so only a scope of all may use it."""

    def __init__(self, sagas: Sagas) -> None:
        self._sagas = sagas

    async def ListOperations(self, request: pb.ListOperationsRequest, call: Call) -> pb.ListOperationsResponse:
        refuse_partial_view(call)
        size = size_of(request.page_size)
        position = position_of(request.page_token, 2)
        states = {"stuck", *OPEN} if request.all else {"stuck"}
        statement = select(saga).where(saga.c.state.in_(sorted(states))).order_by(saga.c.create_time, saga.c.id)
        if position:
            after = (datetime.fromisoformat(str(position[0])), UUID(str(position[1])))
            statement = statement.where(tuple_(saga.c.create_time, saga.c.id) > after)
        async with call.db.connect() as connection:
            rows = (await connection.execute(statement.limit(size + 1))).all()
        answer = pb.ListOperationsResponse(operations=[self._write(request.service, row) for row in rows[:size]])
        if len(rows) > size:
            answer.next_page_token = token_of(rows[size - 1].create_time.isoformat(), str(rows[size - 1].id))
        return answer

    async def RetryOperation(self, request: pb.RetryOperationRequest, call: Call) -> pb.Operation:
        refuse_partial_view(call)
        async with begin(call) as tx:
            row, _ = await self._load(tx, request.id)
            state = row.resume_state if row.state == "stuck" else row.state
            changed = await _change(tx, row, {"state": state, "attempts": 0})
            answer = self._write(request.service, changed)
            tx.answer_with(answer)
        log.info("%s retries the operation %s", call.principal.actor, row.id)
        self._sagas.wake()
        return answer

    async def CancelOperation(self, request: pb.CancelOperationRequest, call: Call) -> pb.Operation:
        refuse_partial_view(call)
        reason = request.reason.strip()[:REASON_LIMIT]
        if not reason:
            raise InvalidArgument.of("reason", "REQUIRED", "Say why it is cancelled.", "请说明取消的原因。")
        async with begin(call) as tx:
            row, plan = await self._load(tx, request.id)
            if _direction(row) != "running":
                raise AlreadyUndoing
            if row.step >= plan.pivot:
                raise NoWayBack(step=_step_name(plan, row))
            changed = await _change(tx, row, {"state": "compensating", "attempts": 0, "error": reason})
            answer = self._write(request.service, changed)
            tx.answer_with(answer)
        log.warning("%s cancels the operation %s: %s", call.principal.actor, row.id, reason)
        self._sagas.wake()
        return answer

    async def _load(self, tx: Tx, wanted: str) -> tuple[Any, Plan]:
        """The operation, locked, and its plan; a refusal when nothing can be done about it."""
        try:
            key = UUID(wanted)
        except ValueError:
            raise NotFound(resource="operation", id=wanted) from None
        at_work = (saga.c.lease_until > func.clock_timestamp()).label("at_work")
        row = (await tx.session.execute(select(saga, at_work).where(saga.c.id == key).with_for_update())).one_or_none()
        if row is None:
            raise NotFound(resource="operation", id=wanted)
        if row.state not in {"stuck", *OPEN}:
            raise OperationEnded(state=row.state)
        if row.at_work:
            raise OperationAtWork
        plan = self._sagas.plan(row.kind)
        if plan is None:
            raise UnknownKind(kind=row.kind)
        if tx.now - row.create_time > SAFE_FOR:
            raise OperationTooOld(days=SAFE_FOR.days)
        return row, plan

    def _write(self, service: str, row: Any) -> pb.Operation:
        plan, ended = self._sagas.plan(row.kind), row.state not in {"stuck", *OPEN}
        made = pb.Operation(
            service=service,
            id=str(row.id),
            kind=row.kind,
            business_key=row.business_key,
            state=pb.Operation.State.Value(row.state.upper()),
            step="" if plan is None or ended else _step_name(plan, row),
            attempts=row.attempts,
            error=row.error,
            actor=thaw(row.principal).actor,
            cancellable=plan is not None and not ended and _direction(row) == "running" and row.step < plan.pivot,
        )
        made.create_time.FromDatetime(row.create_time)
        made.next_time.FromDatetime(row.next_time)
        return made


async def _change(tx: Tx, row: Any, values: dict[str, Any]) -> Any:
    """Store the decision, due at once, and who took it."""
    due = {"lease_until": None, "next_time": text("clock_timestamp()")}
    changed = await tx.session.execute(update(saga).where(saga.c.id == row.id).values(**values, **due).returning(saga))
    fields = {name: {"old": getattr(row, name), "new": new} for name, new in values.items()}
    changes = {name: change for name, change in fields.items() if change["old"] != change["new"]}
    note(tx, "update", RECORD_TYPE, row.id, details=changes)
    return changed.one()


def _direction(row: Any) -> str:
    return str(row.resume_state if row.state == "stuck" else row.state)


def _step_name(plan: Plan, row: Any) -> str:
    name: str = plan.steps[min(row.step, len(plan.steps) - 1)].name
    return name

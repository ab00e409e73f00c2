"""What operators can do about events a service could not apply: see them, try again, give one up."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import grpc
from crm.ops.v1 import dead_letter_service_pb2 as pb
from sqlalchemy import text

from crm_kit.call import Call
from crm_kit.consumer import Consumer
from crm_kit.database import Database
from crm_kit.errors import Error, InvalidArgument, NotFound, PermissionDenied
from crm_kit.inbox import envelope_of
from crm_kit.intake import Intake
from crm_kit.positions import position_of, size_of, token_of
from crm_kit.principal import Scope

log = logging.getLogger(__name__)


class NotDead(Error):
    """The event waits for another one, not for a decision. Facts: state."""

    status = grpc.StatusCode.FAILED_PRECONDITION
    en = "Only a dead event can be retried or discarded; this one is {state}. Decide about the event it waits for."
    zh = "只有失败（dead）的事件可以重试或放弃，此事件状态为 {state}。请先处理它所等待的事件。"


async def find(db: Database, after: tuple[datetime, UUID] | None, most: int) -> Sequence[Any]:
    """Dead and parked events of all consumers, oldest first, after a position."""
    params = {"most": most, "time": after[0] if after else None, "id": after[1] if after else None}
    async with db.connect() as connection:
        return (await connection.execute(_FIND, params)).all()


async def retry(db: Database, consumer: Consumer, event_id: UUID) -> Any:
    """Apply a dead event again, then those behind it; the row as it is afterwards."""
    row = await _dead(db, consumer, event_id)
    await Intake(consumer, db).retry(envelope_of(row), only="dead")
    return await _row(db, consumer, event_id)


async def discard(db: Database, consumer: Consumer, event_id: UUID, reason: str) -> Any:
    """Give a dead event up and apply those behind it; the row, which keeps the reason."""
    row = await _dead(db, consumer, event_id)
    await Intake(consumer, db).discard(envelope_of(row), reason)
    return await _row(db, consumer, event_id)


class DeadLetterService:
    """The RPCs over this service's inbox. Events of all units are in it, so only a scope of all may use it."""

    def __init__(self, consumers: Sequence[Consumer]) -> None:
        self._consumers = {consumer.name: consumer for consumer in consumers}

    async def ListDeadLetters(self, request: pb.ListDeadLettersRequest, call: Call) -> pb.ListDeadLettersResponse:
        refuse_partial_view(call)
        size = size_of(request.page_size)
        position = position_of(request.page_token, 2)
        after = (datetime.fromisoformat(str(position[0])), UUID(str(position[1]))) if position else None
        rows = await find(call.db, after, size + 1)
        answer = pb.ListDeadLettersResponse(dead_letters=[_write(request.service, row) for row in rows[:size]])
        if len(rows) > size:
            answer.next_page_token = token_of(rows[size - 1].received_at.isoformat(), str(rows[size - 1].event_id))
        return answer

    async def RetryDeadLetter(self, request: pb.RetryDeadLetterRequest, call: Call) -> pb.DeadLetter:
        refuse_partial_view(call)
        consumer, event_id = self._consumer(request.consumer), _event_id(request.event_id)
        log.info("%s retries %s of %s", call.principal.actor, event_id, consumer.name)
        return _write(request.service, await retry(call.db, consumer, event_id))

    async def DiscardDeadLetter(self, request: pb.DiscardDeadLetterRequest, call: Call) -> pb.DeadLetter:
        refuse_partial_view(call)
        if not request.reason.strip():
            raise InvalidArgument.of("reason", "REQUIRED", "Say why the event may be lost.", "请说明放弃该事件的原因。")
        consumer, event_id = self._consumer(request.consumer), _event_id(request.event_id)
        log.warning("%s discards %s of %s: %s", call.principal.actor, event_id, consumer.name, request.reason)
        reason = f"{call.principal.actor}: {request.reason.strip()}"[:500]
        return _write(request.service, await discard(call.db, consumer, event_id, reason))

    def _consumer(self, name: str) -> Consumer:
        if name not in self._consumers:
            raise NotFound(resource="consumer", id=name)
        return self._consumers[name]


def refuse_partial_view(call: Call) -> None:
    """PermissionDenied unless the caller may see the rows of every unit, and none is withheld."""
    if call.scope is not Scope.ALL or call.principal.restrictions:
        raise PermissionDenied(permission=call.permission)


def _event_id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise NotFound(resource="dead letter", id=value) from error


async def _row(db: Database, consumer: Consumer, event_id: UUID) -> Any:
    async with db.connect() as connection:
        row = (await connection.execute(_ONE, {"consumer": consumer.name, "id": event_id})).one_or_none()
    if row is None:
        raise NotFound(resource="dead letter", id=event_id)
    return row


async def _dead(db: Database, consumer: Consumer, event_id: UUID) -> Any:
    row = await _row(db, consumer, event_id)
    if row.state != "dead":
        raise NotDead(state=row.state)
    return row


def _write(service: str, row: Any) -> pb.DeadLetter:
    made = pb.DeadLetter(
        service=service,
        consumer=row.consumer,
        event_id=str(row.event_id),
        event_type=row.event_type,
        aggregate_id=str(row.aggregate_id),
        event_seq=row.event_seq,
        state=row.state,
        attempts=row.attempts,
        error=row.error or "",
    )
    made.receive_time.FromDatetime(row.received_at)
    return made


_FIND = text("""
    SELECT * FROM inbox WHERE state IN ('parked', 'dead')
      AND (CAST(:time AS timestamptz) IS NULL
           OR (received_at, event_id) > (CAST(:time AS timestamptz), CAST(:id AS uuid)))
    ORDER BY received_at, event_id LIMIT :most
""")
_ONE = text("SELECT * FROM inbox WHERE consumer = :consumer AND event_id = :id")

"""Start: a person's request is fulfilled in every service; and erasures that are done are done again (domain rule 8.8)."""

import time
from datetime import datetime
from uuid import UUID

from crm.customers.v1 import subject_request_service_pb2 as pb
from sqlalchemy import String, cast, exists, select

from crm_customers.domain.subject_request import Kind, State, SubjectRequest
from crm_customers.usecases import erase_subject, export_subject
from crm_kit import saga
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.mapping import timestamp
from crm_kit.saga import Sagas
from crm_kit.saga_log import saga as sagas
from crm_kit.tx import Tx, begin

ANSWER_SECONDS = 0.2
"""How long before the deadline the caller is told that the work goes on without them."""
PATIENCE_SECONDS = 8.0
REPLAYED_AT_ONCE = 500


class StartRequest:
    """Starts the work and waits for its end within the caller's deadline."""

    def __init__(self, sagas: Sagas) -> None:
        self._sagas = sagas

    async def __call__(self, request: pb.StartSubjectRequestRequest, call: Call) -> None:
        async with begin(call) as tx:
            saga_id = await start_request(tx, request.id, request.etag)
        left = PATIENCE_SECONDS if call.deadline is None else call.deadline - time.monotonic() - ANSWER_SECONDS
        await self._sagas.advance(saga_id, left)

    async def replay(self, request: pb.ReplayErasuresRequest, call: Call) -> pb.ReplayErasuresResponse:
        """Begin some of the erasures done since a time again, the oldest first."""
        since = request.since_time.ToDatetime(tzinfo=call.now.tzinfo) if request.HasField("since_time") else None
        async with begin(call) as tx:
            answer = await replay_erasures(tx, since)
            tx.answer_with(answer)
        self._sagas.wake()
        return answer


async def start_request(tx: Tx, id: str, etag: str) -> UUID:
    """Note the work; SubjectOnHold while a legal hold stands over the person."""
    request = await tx.load(SubjectRequest, id, etag=etag)
    if request.kind == Kind.ERASURE:
        await erase_subject.refuse_held(tx, request)
    request.start()
    kind = erase_subject.KIND if request.kind == Kind.ERASURE else export_subject.KIND
    return await saga.start(tx, kind, str(request.id), {"request_id": str(request.id)})


async def replay_erasures(tx: Tx, since: datetime | None) -> pb.ReplayErasuresResponse:
    """Those that are being replayed already are left out."""
    under_way = exists().where(
        sagas.c.kind == erase_subject.REPLAY,
        sagas.c.business_key == cast(SubjectRequest.id, String),
        sagas.c.state.not_in(["done", "undone"]),
    )
    done = [SubjectRequest.kind == Kind.ERASURE, SubjectRequest.state == State.DONE, ~under_way]
    if since is not None:
        done.append(SubjectRequest.end_time > since)
    why = unscoped("what was erased must be gone in every unit")
    statement = select(SubjectRequest.id, SubjectRequest.end_time).where(*done).order_by(SubjectRequest.end_time)
    rows = (await tx.session.execute(statement.limit(REPLAYED_AT_ONCE + 1).execution_options(**why))).all()
    for row in rows[:REPLAYED_AT_ONCE]:
        await saga.start(tx, erase_subject.REPLAY, str(row.id), {"request_id": str(row.id)})
    answer = pb.ReplayErasuresResponse(count=min(len(rows), REPLAYED_AT_ONCE))
    if len(rows) > REPLAYED_AT_ONCE:
        answer.next_since_time.CopyFrom(timestamp(rows[REPLAYED_AT_ONCE - 1].end_time))
    return answer


async def sweep_again(tx: Tx, request_id: UUID) -> None:
    """What was on its way when the person was erased, and arrived since, goes."""
    request = await tx.load(SubjectRequest, request_id)
    await saga.start(tx, erase_subject.REPLAY, str(request_id), {"request_id": str(request_id)})
    following = request.next_sweep(tx.now)
    if following is not None:
        await tx.schedule(erase_subject.SWEEP, request_id, following)

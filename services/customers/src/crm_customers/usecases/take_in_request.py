"""A person's request is taken in, completed, refused or taken back (domain rule 8.8)."""

from collections.abc import Callable
from uuid import UUID

from crm.customers.v1 import customers_events_pb2 as events
from crm.customers.v1.subject_request_pb2 import SubjectRequest as Message

from crm_customers.domain import normalise
from crm_customers.domain.subject_request import ANSWER_WITHIN, ENTERPRISE, State, SubjectRequest
from crm_customers.usecases.subject_records import named, whole
from crm_kit.errors import InvalidArgument
from crm_kit.mapping import timestamp
from crm_kit.tx import Tx

DUE = "subject_request.due"
TEXTS = ("requester", "identity_check", "legal_basis")


async def take_in_request(tx: Tx, request: SubjectRequest) -> SubjectRequest:
    """With a number and a day by which it must be answered."""
    _prepare(request)
    request.receive_time = request.receive_time or tx.now
    if request.receive_time > tx.now:
        raise InvalidArgument.of(
            "receive_time", "IN_THE_FUTURE", "Give when the person asked.", "请填写对方提出请求的时间。"
        )
    request.name_subjects(await whole(tx, named(request.subjects)))
    request.due_time = request.receive_time + ANSWER_WITHIN
    request.number = await tx.number("SR", ENTERPRISE)
    request.owner_id, request.unit_path, request.officer_id = None, ENTERPRISE, tx.principal.user_id
    tx.add(request)
    await tx.schedule(DUE, request.id, request.due_time)
    kind = Message.Kind.Value(request.kind)
    tx.publish(
        request,
        events.SubjectRequestCreated(number=request.number, kind=kind, due_time=timestamp(request.due_time)),
    )
    return request


async def change_request(tx: Tx, id: str, etag: str, apply: Callable[[SubjectRequest], set[str]]) -> SubjectRequest:
    """As long as nothing was started; other subjects must be discovered anew."""
    request = await tx.load(SubjectRequest, id, etag=etag)
    request.need_open()
    changed = apply(request)
    _prepare(request)
    if "subjects" in changed:
        request.name_subjects(await whole(tx, named(request.subjects)))
    return request


async def end_request(tx: Tx, id: str, etag: str, state: State, reason: str) -> SubjectRequest:
    """Refused or taken back; whoever refuses says why."""
    request = await tx.load(SubjectRequest, id, etag=etag)
    said = normalise.lines(reason)
    if state is State.REFUSED and not said:
        raise InvalidArgument.of("reason", "REQUIRED", "Say why it is refused.", "请说明拒绝的原因。")
    request.end(state, said, tx.now)
    await tx.cancel_timer(DUE, request.id)
    return request


async def miss_request(tx: Tx, id: UUID) -> None:
    """Its time has passed without an answer."""
    request = await tx.load(SubjectRequest, id)
    if request.end_time is None:
        request.overdue = True
        kind = Message.Kind.Value(request.kind)
        tx.publish(request, events.SubjectRequestOverdue(number=request.number, kind=kind))


def _prepare(request: SubjectRequest) -> None:
    for field in TEXTS:
        setattr(request, field, normalise.lines(getattr(request, field)))
    if not request.identity_check:
        raise InvalidArgument.of(
            "identity_check",
            "REQUIRED",
            "Say how you know that the requester is the person.",
            "请说明如何确认请求人就是本人。",
        )

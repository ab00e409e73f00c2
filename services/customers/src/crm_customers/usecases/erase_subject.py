"""Erase: a person is forgotten in every service, whatever dies on the way (domain rule 8.8).

Keys go first, in all services, because they make unreadable what nobody finds any more; then records, with what tells of
them; then the certificate. Nothing of it can be taken back, so every step is repeated until it is done. A replay does the
same again for an erasure that is done: after a restore, and once all streams have forgotten.
"""

from typing import Any
from uuid import UUID

from crm.customers.v1 import customers_events_pb2 as events
from crm.customers.v1.subject_request_pb2 import SubjectRequest as Message
from crm.ops.v1 import personal_data_service_pb2 as pb

from crm_customers.domain.certificate import certify
from crm_customers.domain.legal_hold import SubjectOnHold
from crm_customers.domain.subject_request import SWEPT_AFTER, State, SubjectRequest
from crm_customers.usecases.ask_services import Services
from crm_customers.usecases.discover_subject import ids_in, plain
from crm_customers.usecases.subject_records import holds_on, keep_holds_apart, named
from crm_customers.usecases.take_in_request import DUE
from crm_kit import audit
from crm_kit.saga import Plan, Run, Step
from crm_kit.tx import Tx, begin

KIND, REPLAY = "subject_erasure", "subject_erasure_replay"
PERMISSION = "customers.subject_request.start"
REPLAY_PERMISSION = "customers.subject_request.replay"
SWEEP = "subject_request.sweep"
WHO_ASKED = ("requester", "identity_check")
Phase = pb.ErasePersonalDataRequest


class EraseSubject:
    """Knows the steps of an erasure and of its replay."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def plans(self) -> list[Plan]:
        """The check of holds is the last step from which there is a way back; a replay has none to check."""
        work = [
            Step("keys.destroy", self._destroy_keys),
            Step("records.find", self._find_records),
            Step("records.erase", self._erase_records),
        ]
        check = Step("holds.check", _check_holds, pivot=True)
        ending = [Step("request.complete", self._complete), Step("requester.forget", _forget_requester)]
        begin_again = Step("replay.begin", _nothing_to_check, pivot=True)
        return [
            Plan(KIND, PERMISSION, [check, *work, *ending], _give_back),
            Plan(REPLAY, REPLAY_PERMISSION, [begin_again, *work], _leave),
        ]

    async def _destroy_keys(self, run: Run) -> None:
        await self._services.erase(run.call, await _request(run, Phase.KEYS))

    async def _find_records(self, run: Run) -> None:
        """Noted before anything is emptied: what points at a person's records leads nowhere afterwards."""
        asked = await _request(run, Phase.KEYS)
        found = await self._services.find(run.call, pb.FindPersonalDataRequest(subjects=asked.subjects))
        async with begin(run.call) as tx:
            request = await tx.load(SubjectRequest, run.input["request_id"])
            request.record_ids = sorted({*request.record_ids, *map(UUID, ids_in(found))})

    async def _erase_records(self, run: Run) -> None:
        await self._services.erase(run.call, await _request(run, Phase.RECORDS))

    async def _complete(self, run: Run) -> None:
        findings = [plain(one) for one in await self._services.erase(run.call, await _request(run, Phase.RECORDS))]
        async with begin(run.call) as tx:
            request = await tx.load(SubjectRequest, run.input["request_id"])
            if request.state == State.DONE:
                return
            request.complete(tx.now)
            request.findings = findings
            request.certificate, request.digest = certify(
                number=request.number,
                legal_basis=request.legal_basis,
                subjects=request.subjects,
                findings=findings,
                receive_time=request.receive_time,
                end_time=tx.now,
                streams_empty_time=tx.now + SWEPT_AFTER[-1],
            )
            await tx.cancel_timer(DUE, request.id)
            await tx.schedule(SWEEP, request.id, tx.now + SWEPT_AFTER[0])
            kind = Message.Kind.Value(request.kind)
            tx.publish(request, events.SubjectRequestCompleted(number=request.number, kind=kind))


async def refuse_held(tx: Tx, request: SubjectRequest) -> None:
    """SubjectOnHold while a legal hold stands over the person; none can be placed until the transaction ends."""
    await keep_holds_apart(tx)
    if holds := await holds_on(tx, named(request.subjects)):
        raise SubjectOnHold(id=request.id, hold_ids=", ".join(map(str, holds)))


async def _check_holds(run: Run) -> None:
    async with begin(run.call) as tx:
        await refuse_held(tx, await tx.load(SubjectRequest, run.input["request_id"]))


async def _forget_requester(run: Run) -> None:
    """Who asked and how we knew them is in no trail either."""
    async with begin(run.call) as tx:
        request = await tx.load(SubjectRequest, run.input["request_id"])
        await audit.erase_details(tx, "subject_request", [request.id], request.number, WHO_ASKED)


async def _nothing_to_check(_run: Run) -> None:
    """What was erased is not held: nothing of it was there to hold."""


async def _give_back(run: Run, why: str) -> None:
    async with begin(run.call) as tx:
        (await tx.load(SubjectRequest, run.input["request_id"])).give_back(why)


async def _leave(_run: Run, _why: str) -> None:
    """The erasure was done before, and stays so."""


async def _request(run: Run, phase: Any) -> pb.ErasePersonalDataRequest:
    async with begin(run.call) as tx:
        request = await tx.load(SubjectRequest, run.input["request_id"])
        return pb.ErasePersonalDataRequest(
            operation_id=str(run.id),
            subjects=[pb.SubjectRecord(**one) for one in request.subjects],
            record_ids=[str(id) for id in request.record_ids],
            reason=request.number,
            phase=phase,
        )

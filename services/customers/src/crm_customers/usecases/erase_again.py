"""After a restore whoever was erased since the backup is erased again, also where the request is newer than the backup."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from crm_customers.domain.subject_request import ENTERPRISE, Kind, State, SubjectRequest
from crm_customers.usecases.erase_subject import REPLAY, SWEEP, WHO_ASKED
from crm_customers.usecases.take_in_request import DUE
from crm_kit import audit, saga
from crm_kit.access import unscoped
from crm_kit.endings import Ended, Ending
from crm_kit.tx import Tx

AFTER_RESTORE = "-R"
"""Ends the number of a request taken in from the ledger: the number itself may be given out anew."""
_EVERYWHERE = unscoped("what was erased must be gone in every unit")


async def erase_again(tx: Tx, ended: Sequence[Ended]) -> int:
    """The request is done, with its certificate, and its erasure starts anew in every service."""
    found = select(SubjectRequest).where(SubjectRequest.id.in_([one.id for one in ended])).with_for_update()
    rows = (await tx.session.execute(found.execution_options(**_EVERYWHERE))).scalars()
    known = {request.id: request for request in rows}
    lost = [one for one in ended if one.id not in known or known[one.id].state != State.DONE]
    for one in lost:
        request = known.get(one.id)
        if request is None:
            request = SubjectRequest(kind=Kind.ERASURE, number=f"{one.facts['number']}{AFTER_RESTORE}")
            request.id, request.owner_id, request.unit_path = one.id, None, ENTERPRISE
            request.receive_time = datetime.fromisoformat(one.facts["receive_time"])
            request.due_time = datetime.fromisoformat(one.facts["due_time"])
            tx.add(request)
        else:
            await tx.cancel_timer(DUE, request.id)
            await audit.erase_details(tx, "subject_request", [request.id], request.number, WHO_ASKED)
        request.subjects, request.record_ids = one.facts["subjects"], [UUID(id) for id in one.facts["record_ids"]]
        request.certificate, request.digest = one.facts["certificate"], one.facts["digest"]
        request.complete(one.time)
        await saga.start(tx, REPLAY, str(one.id), {"request_id": str(one.id)})
        following = request.next_sweep(tx.now)
        if following is not None:
            await tx.schedule(SWEEP, one.id, following)
    return len(lost)


_requests = SubjectRequest.__table__.c
ENDINGS = (
    Ending(
        "erasure",
        _requests.id,
        _requests.end_time,
        (_requests.kind == Kind.ERASURE) & (_requests.state == State.DONE),
        erase_again,
        # Ids, times and a certificate without personal data.
        func.jsonb_build_object(
            *("number", _requests.number),
            *("subjects", _requests.subjects),
            *("record_ids", _requests.record_ids),
            *("receive_time", _requests.receive_time),
            *("due_time", _requests.due_time),
            *("certificate", _requests.certificate),
            *("digest", _requests.digest),
        ),
    ),
)

"""Legal holds: placed and released, each with its reason; they beat every erasure (domain rule 8.8)."""

from uuid import UUID

from crm.customers.v1 import customers_events_pb2 as events
from sqlalchemy import select

from crm_customers.domain import normalise
from crm_customers.domain.legal_hold import ErasureUnderWay, LegalHold
from crm_customers.domain.subject_request import ENTERPRISE, Kind, State, SubjectRequest
from crm_customers.usecases.subject_records import is_covered, keep_holds_apart, named
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx


async def place_hold(tx: Tx, hold: LegalHold) -> LegalHold:
    """From now on; refused for what is being erased already."""
    named([{"resource": hold.resource, "id": str(hold.record_id)}])
    hold.reason = normalise.lines(hold.reason)
    if hold.until_time is not None and hold.until_time <= tx.now:
        raise InvalidArgument.of("until_time", "IN_THE_PAST", "Give a time to come.", "请填写将来的时间。")
    await keep_holds_apart(tx)
    why = unscoped("what is erased is erased in every unit")
    running = select(SubjectRequest.subjects).where(
        SubjectRequest.state == State.RUNNING, SubjectRequest.kind == Kind.ERASURE
    )
    erased = (await tx.session.execute(running.execution_options(**why))).scalars()
    if await is_covered(tx, hold.record_id, {UUID(one["id"]) for each in erased for one in each}):
        raise ErasureUnderWay(record_id=hold.record_id)
    hold.owner_id, hold.unit_path, hold.placer_id = None, ENTERPRISE, tx.principal.user_id
    tx.add(hold)
    tx.publish(hold, events.LegalHoldPlaced())
    return hold


async def release_hold(tx: Tx, id: str, etag: str, reason: str) -> LegalHold:
    """Somebody answers for its end."""
    hold = await tx.load(LegalHold, id, etag=etag)
    said = normalise.lines(reason)
    if not said:
        raise InvalidArgument.of("reason", "REQUIRED", "Say why the hold may end.", "请说明解除的原因。")
    hold.release(said, tx.principal.user_id, tx.now)
    tx.publish(hold, events.LegalHoldReleased())
    return hold

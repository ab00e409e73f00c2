"""One person's records are handed to another: a leaver's at once, or at the time of a reorganisation."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import or_, select

from crm_identity.domain.position import Position
from crm_identity.domain.transfer import CANCELLED, DONE, SCHEDULED, Transfer
from crm_identity.domain.user import LastAdministrator, User
from crm_identity.queries.contract import contract
from crm_identity.usecases.manage_users import require_power_over, update_user
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, NotFound, Violation
from crm_kit.tx import Tx

TIMER = "transfer.start"
_WHY = unscoped("records change hands between people of any units; whose they were is what is scoped")


async def create_transfer(tx: Tx, transfer: Transfer, keepers: Sequence[str]) -> Transfer:
    """At once, or when its time comes; refused when the new owner could not own what is handed over."""
    refuse_in_anothers_name(tx.principal)
    leaver = await _leaver(tx, transfer.from_user_id)
    if wrong := [*_unknown_kinds(transfer.kinds), *await _faults_of_owner(tx, leaver, transfer.to_user_id)]:
        raise InvalidArgument(wrong)
    if transfer.disable_user:
        await require_power_over(tx, leaver, {"disabled"})
    transfer.unit_path = leaver.unit_path
    tx.add(transfer)
    if transfer.effective_time is not None and transfer.effective_time > tx.now:
        await tx.schedule(TIMER, transfer.id, transfer.effective_time)
    else:
        await _start(tx, transfer, leaver, keepers)
    return transfer


async def start_transfer(tx: Tx, transfer_id: UUID, keepers: Sequence[str]) -> None:
    """Its time has come. A new owner who can own nothing any more gets nothing; a leaver is out all the same."""
    transfer = await tx.load(Transfer, transfer_id)
    if transfer.state != SCHEDULED:
        return
    leaver = await tx.load(User, transfer.from_user_id, also_deleted=True)
    owner = await _user(tx, transfer.to_user_id)
    if owner is None or owner.disabled:
        transfer.state, transfer.state_reason = CANCELLED, "NEW_OWNER_DISABLED"
        await _end_access(tx, transfer, leaver)
        return
    try:
        await _start(tx, transfer, leaver, keepers)
    except LastAdministrator:
        leaver.disabled = False
        transfer.state_reason = "LAST_ADMINISTRATOR"


async def cancel_transfer(tx: Tx, transfer_id: str, etag: str) -> Transfer:
    """Stopped before its time."""
    transfer = await tx.load(Transfer, transfer_id, etag=etag)
    transfer.cancel()
    await tx.cancel_timer(TIMER, transfer.id)
    return transfer


async def complete_transfer(tx: Tx, transfer_id: UUID, service: str, moved: Mapping[str, int]) -> None:
    """A service has handed over all it had. Repeats change nothing."""
    try:
        transfer = await tx.load(Transfer, transfer_id, also_deleted=True)
    except NotFound:
        return
    if transfer.report(service, moved) and transfer.state == DONE:
        tx.publish(transfer, events.TransferCompleted())


async def _start(tx: Tx, transfer: Transfer, leaver: User, keepers: Sequence[str]) -> None:
    transfer.start(keepers)
    paths = await _places(tx, transfer.to_user_id)
    tx.publish(transfer, events.TransferStarted(unit_paths=paths))
    if transfer.state == DONE:
        tx.publish(transfer, events.TransferCompleted())
    await _end_access(tx, transfer, leaver)


async def _end_access(tx: Tx, transfer: Transfer, leaver: User) -> None:
    if transfer.disable_user and not leaver.disabled and leaver.delete_time is None:
        leaver.disabled = True
        await update_user(tx, leaver, {"disabled"}, "")


async def _leaver(tx: Tx, user_id: UUID) -> User:
    try:
        return await tx.load(User, user_id)
    except NotFound:
        raise InvalidArgument.of("from_user_id", "NOT_FOUND", "There is no such user.", "没有该用户。") from None


async def _faults_of_owner(tx: Tx, leaver: User, owner_id: UUID) -> list[Violation]:
    """The new owner works here, is somebody else, and in a unit from which those records can be owned."""
    owner = await _user(tx, owner_id)
    if owner is None or owner.disabled:
        en, zh = "There is no such user, or the account is disabled.", "没有该用户，或账户已停用。"
        return [Violation("to_user_id", "NOT_FOUND", en, zh)]
    if owner.id == leaver.id:
        return [Violation("to_user_id", "SELF", "Choose somebody else.", "请选择其他人。")]
    theirs = await _places(tx, owner.id)
    outside = [path for path in await _places(tx, leaver.id) if not any(path.startswith(each) for each in theirs)]
    if not outside:
        return []
    named = ", ".join(outside)
    en = f"{owner.display_name} works neither in {named} nor above. Choose a colleague there, or give a position there."
    zh = f"{owner.display_name} 不在 {named} 或其上级组织任职。请选择该处的同事，或先为其添加岗位。"
    return [Violation("to_user_id", "OUTSIDE_THE_UNIT", en, zh)]


async def _places(tx: Tx, user_id: UUID) -> list[str]:
    """Paths of the units a person works in now: the own one and those of positions."""
    held = select(Position.unit_path).where(
        Position.user_id == user_id,
        Position.delete_time.is_(None),
        or_(Position.start_time.is_(None), Position.start_time <= tx.now),
        or_(Position.end_time.is_(None), Position.end_time > tx.now),
    )
    own = select(User.unit_path).where(User.id == user_id)
    return sorted(set((await tx.session.execute(own.union(held).execution_options(**_WHY))).scalars()))


async def _user(tx: Tx, user_id: UUID) -> User | None:
    found = await tx.session.get(User, user_id, execution_options=_WHY)
    return None if found is None or found.delete_time is not None else found


def _unknown_kinds(kinds: Sequence[str]) -> list[Violation]:
    known = {field.resource for field in contract().fields}
    unknown = sorted(set(kinds) - known)
    if not unknown:
        return []
    named = ", ".join(unknown)
    en, zh = (
        f"There are no records called {named}, as in leads.lead.",
        f"没有名为 {named} 的记录类型，格式如 leads.lead。",
    )
    return [Violation("kinds", "UNKNOWN_KIND", en, zh)]

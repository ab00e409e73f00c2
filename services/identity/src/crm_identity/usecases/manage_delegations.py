"""Rights are lent for a while and taken back."""

from uuid import UUID

from sqlalchemy import func, select

from crm_identity.domain.assembly import House, Person, places_of
from crm_identity.domain.coverage import places_of_caller, refuse_wider
from crm_identity.domain.delegation import MOST_AT_ONCE, Delegation
from crm_identity.domain.grants import cut, scope_of
from crm_identity.domain.user import User
from crm_identity.queries.access_history import house_at, people_at
from crm_identity.queries.contract import contract
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_kit.access import unscoped
from crm_kit.errors import FailedPrecondition, InvalidArgument, Violation
from crm_kit.principal import Scope
from crm_kit.tx import Tx

_WHY = unscoped("people lend to whom they trust, wherever they are")


class TooManyDelegations(FailedPrecondition):
    """Facts: most."""

    en = "There are {most} delegations at once already. End one of them first."
    zh = "同时有效的委托已达 {most} 个，请先结束其中一个。"


async def create_delegation(tx: Tx, delegation: Delegation) -> Delegation:
    """Lent by the caller, or for somebody in the caller's scope by whoever has all that is lent."""
    refuse_in_anothers_name(tx.principal)
    if delegation.delegator_id is None:
        delegation.delegator_id = tx.principal.user_id
    delegation.check(tx.now)
    delegator = await _user(tx, delegation.delegator_id, "delegator_id")
    await _user(tx, delegation.delegate_id, "delegate_id")
    delegation.owner_id, delegation.unit_path = delegator.id, delegator.unit_path
    await _check_rights(tx, delegation)
    await _refuse_too_many(tx, delegation.delegator_id)
    tx.add(delegation)
    await access_changed(tx, delegation, delegation.delegate_id)
    return delegation


async def delete_delegation(tx: Tx, delegation_id: str, etag: str) -> None:
    """It ends now."""
    refuse_in_anothers_name(tx.principal)
    delegation = await tx.load(Delegation, delegation_id, etag=etag)
    delegation.delete_time = tx.now
    await access_changed(tx, delegation, delegation.delegate_id)


async def _check_rights(tx: Tx, delegation: Delegation) -> None:
    connection = await tx.session.connection()
    house = await house_at(connection, tx.now)
    [delegator] = (await people_at(connection, [delegation.delegator_id], tx.now)).persons
    wrong = [found for pattern in delegation.permissions if (found := _fault(pattern, delegator, house))]
    if wrong:
        raise InvalidArgument(wrong)
    if delegation.delegator_id != tx.principal.user_id:
        by = tuple((pattern, Scope.ALL) for pattern in delegation.permissions or ["*"])
        lent = {path: cut(grants, by) for path, grants in places_of(delegator, house).items()}
        refuse_wider(lent, places_of_caller(tx.principal), contract())


def _fault(pattern: str, delegator: Person, house: House) -> Violation | None:
    """A pattern must mean something, and something the delegator has."""
    if not contract().grantable(pattern):
        en = f"{pattern[:80]!r} matches no permission. /v1/permissions lists them all."
        zh = f"“{pattern[:80]}”没有匹配任何权限，全部权限见 /v1/permissions。"
        return Violation("permissions", "UNKNOWN_PERMISSION", en, zh)
    for grants in places_of(delegator, house).values():
        lent = cut(grants, ((pattern, Scope.ALL),))
        if any(scope_of(lent, permission) for permission in contract().permissions):
            return None
    en = f"{pattern[:80]!r} is nothing the delegator may do; what one has not one cannot lend."
    zh = f"委托人没有“{pattern[:80]}”的权限，无法委托。"
    return Violation("permissions", "NOT_YOURS", en, zh)


async def _user(tx: Tx, user_id: UUID | None, field: str) -> User:
    found = None if user_id is None else await tx.session.get(User, user_id, execution_options=_WHY)
    if found is None or found.delete_time is not None or found.disabled:
        en, zh = "There is no such user, or the account is disabled.", "没有该用户，或账户已停用。"
        raise InvalidArgument.of(field, "NOT_FOUND", en, zh)
    return found


async def _refuse_too_many(tx: Tx, delegator_id: UUID) -> None:
    open_ones = select(func.count(Delegation.id)).where(
        Delegation.delegator_id == delegator_id, Delegation.delete_time.is_(None), Delegation.end_time > tx.now
    )
    if (await tx.session.execute(open_ones.execution_options(**_WHY))).scalar_one() >= MOST_AT_ONCE:
        raise TooManyDelegations(most=MOST_AT_ONCE)

"""Views are made, shared, changed and removed: one's own by oneself, shared ones also by whoever could share them."""

from collections.abc import Callable
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import func, select, text

from crm_identity.domain.saved_view import (
    MOST_OF_A_PERSON,
    SavedView,
    SavedViewNotShareable,
    SavedViewOfAnother,
    TooManySavedViews,
    faults,
)
from crm_identity.domain.unit import Unit
from crm_identity.queries.contract import contract
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_kit.access import unscoped
from crm_kit.audience import EVERYONE, PRIVATE, UNIT, is_shared, owned_by, shareable_by, usable_by
from crm_kit.errors import InvalidArgument, NotFound, StaleEtag, Violation
from crm_kit.tx import Tx

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('crm_identity.saved_view:' || :owner, 0))")
_OWN = unscoped("a person's views are counted wherever they lie")
_UNITS = unscoped("whether a unit exists; whether the caller may share with it is asked beside it")


async def create_saved_view(tx: Tx, view: SavedView) -> SavedView:
    """A new view of the caller, shared as far as the caller may."""
    refuse_in_anothers_name(tx.principal)
    view.owner_id = tx.principal.user_id
    view.audience = view.audience or PRIVATE
    await _check(tx, view)
    await _share(tx, view)
    if view.owner_id is not None:
        await _refuse_too_many(tx, view.owner_id)
    tx.add(view)
    _announce(tx, view, was_shared=False)
    return view


async def update_saved_view(tx: Tx, view_id: str, etag: str, change: Callable[[SavedView], set[str]]) -> SavedView:
    """A view after ``change``, which answers what it changed."""
    view = await _changeable(tx, view_id, etag)
    was_shared = is_shared(view)
    changed = change(view)
    view.audience = view.audience or PRIVATE
    await _check(tx, view)
    if changed & {"audience", "unit_path"}:
        if not (is_shared(view) or owned_by(view, tx.principal)):
            en = "Only its owner keeps a view private. Delete it, or share it with fewer people."
            raise InvalidArgument.of(
                "audience", "OWNER_ONLY", en, "只有创建者可以将视图设为仅自己可见。您可以删除它，或缩小共享范围。"
            )
        await _share(tx, view)
    if changed:
        _announce(tx, view, was_shared=was_shared)
    return view


async def delete_saved_view(tx: Tx, view_id: str, etag: str) -> None:
    """Nobody finds it any more; who has its address sees what the address says besides."""
    view = await _changeable(tx, view_id, etag)
    view.delete_time = tx.now
    if is_shared(view):
        tx.publish(view, events.SavedViewUpdated(removed=True))


async def _changeable(tx: Tx, view_id: str, etag: str) -> SavedView:
    """The view, if the caller may change it; what the caller neither uses nor could share is absent."""
    refuse_in_anothers_name(tx.principal)
    view = await tx.load(SavedView, view_id)
    may_share = is_shared(view) and shareable_by(view, tx.principal, tx.call.reach)
    if not (usable_by(view, tx.principal) or may_share):
        raise NotFound(resource="saved_view", id=view_id)
    if not (owned_by(view, tx.principal) or may_share):
        raise SavedViewOfAnother(permission=tx.call.permission, name=view.name)
    if etag and etag.strip('"') != view.etag:
        raise StaleEtag(etag=view.etag)
    return view


async def _check(tx: Tx, view: SavedView) -> None:
    wrong = faults(view, contract().resources)
    if view.audience == PRIVATE and view.owner_id is None:
        en, zh = "Only people keep private views. Share it.", "只有用户可以保存私有视图，请设置共享范围。"
        wrong.append(Violation("audience", "OWNER_REQUIRED", en, zh))
    if view.audience == UNIT:
        known = select(Unit.id).where(Unit.path == view.unit_path, Unit.delete_time.is_(None))
        if (await tx.session.execute(known.execution_options(**_UNITS))).scalar_one_or_none() is None:
            en, zh = "Name the path of a unit, such as /hq/east/.", "请填写组织单元路径，例如 /hq/east/。"
            wrong.append(Violation("unit_path", "NOT_FOUND", en, zh))
    if wrong:
        raise InvalidArgument(wrong)


async def _share(tx: Tx, view: SavedView) -> None:
    if is_shared(view) and not shareable_by(view, tx.principal, tx.call.reach):
        audience = view.unit_path if view.audience == UNIT else EVERYONE
        raise SavedViewNotShareable(permission=tx.call.permission, audience=audience)
    if view.audience != UNIT:
        view.unit_path = tx.principal.unit_path


async def _refuse_too_many(tx: Tx, owner_id: UUID) -> None:
    """Counted one request of a person at a time, so that two at once do not both take the last place."""
    await tx.session.execute(_ONE_AT_A_TIME, {"owner": str(owner_id)})
    own = (
        select(func.count())
        .select_from(SavedView)
        .where(SavedView.owner_id == owner_id, SavedView.delete_time.is_(None))
    )
    if (await tx.session.execute(own.execution_options(**_OWN))).scalar_one() >= MOST_OF_A_PERSON:
        raise TooManySavedViews(most=MOST_OF_A_PERSON)


def _announce(tx: Tx, view: SavedView, *, was_shared: bool) -> None:
    """What one keeps to oneself is news for nobody."""
    if is_shared(view) or was_shared:
        tx.publish(view, events.SavedViewUpdated())

"""Territories are drawn in a model that is being planned; people come and go at any time."""

from collections.abc import Sequence
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import func, select

from crm_identity.domain.territory import ALWAYS_OPEN, DEEPEST, MOST, PEOPLE, Territory, TerritoryInUse
from crm_identity.domain.territory_model import ACTIVE, ARCHIVED, TerritoryModel
from crm_identity.domain.user import User
from crm_identity.queries.territory_rules import check_rule
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_kit.access import unscoped
from crm_kit.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from crm_kit.principal import Scope
from crm_kit.tx import Tx

_WHOLE_MARKET = unscoped("territories divide the whole market")
_PEOPLE = unscoped("people of any unit may work in a territory")


class TooManyTerritories(FailedPrecondition):
    """A model has all it can have. Facts: most."""

    en = "A model has at most {most} territories. Join some of them."
    zh = "一个区域模型最多 {most} 个区域，请合并部分区域。"


def require_whole_market(tx: Tx) -> None:
    """Who draws territories decides who sees customers of every unit, so the right must reach all of them."""
    refuse_in_anothers_name(tx.principal)
    if tx.call.scope is not Scope.ALL:
        raise PermissionDenied(permission=f"{tx.call.permission} (all)")


async def create_territory(tx: Tx, territory: Territory) -> Territory:
    """A new territory of a plan."""
    require_whole_market(tx)
    model = await _model_of(tx, territory)
    model.require_planning()
    held = select(func.count()).where(Territory.model_id == model.id, Territory.delete_time.is_(None))
    if (await tx.session.execute(held.execution_options(**_WHOLE_MARKET))).scalar_one() >= MOST:
        raise TooManyTerritories(most=MOST)
    _check(territory)
    check_rule(territory.rule, tx.principal)
    await _check_people(tx, {field: set(getattr(territory, field)) for field in PEOPLE})
    territory.place_below(await _parent(tx, territory))
    _refuse_too_deep(len(territory.ancestor_ids) + 1)
    tx.add(territory)
    tx.publish(territory, events.TerritoryUpdated())
    return territory


async def update_territory(
    tx: Tx, territory: Territory, changed: set[str], former: Sequence[UUID], members: set[UUID]
) -> Territory:
    """A changed territory, which has the new values; ``former`` lay above it, ``members`` sat in it."""
    if not changed:
        return territory
    require_whole_market(tx)
    model = await _model_of(tx, territory)
    if model.state == ARCHIVED or changed - ALWAYS_OPEN:
        model.require_planning()
    _check(territory)
    if "rule" in changed:
        check_rule(territory.rule, tx.principal)
    joined = {field: set(getattr(territory, field)) - members for field in changed & PEOPLE}
    await _check_people(tx, joined)
    if "parent_id" in changed:
        await _move(tx, territory, former)
    tx.publish(territory, events.TerritoryUpdated())
    if model.state == ACTIVE and changed & PEOPLE:
        await access_changed(tx, territory, *(members | territory.member_ids))
    return territory


async def delete_territory(tx: Tx, territory_id: str, etag: str) -> None:
    """A territory of a plan without others below it."""
    territory = await tx.load(Territory, territory_id, etag=etag)
    require_whole_market(tx)
    (await _model_of(tx, territory)).require_planning()
    if await below(tx, territory.id):
        raise TerritoryInUse(code=territory.code)
    territory.delete_time = tx.now
    tx.publish(territory, events.TerritoryUpdated(removed=True))


async def of_model(tx: Tx, model_id: UUID) -> list[Territory]:
    """All territories of a model under lock, those above before those below."""
    statement = (
        select(Territory)
        .where(Territory.model_id == model_id, Territory.delete_time.is_(None))
        .order_by(func.cardinality(Territory.ancestor_ids), Territory.code)
        .with_for_update()
    )
    return list((await tx.session.execute(statement.execution_options(**_WHOLE_MARKET))).scalars())


async def below(tx: Tx, territory_id: UUID) -> list[Territory]:
    """All territories under one."""
    statement = select(Territory).where(
        Territory.ancestor_ids.contains([territory_id]), Territory.delete_time.is_(None)
    )
    return list((await tx.session.execute(statement.execution_options(**_WHOLE_MARKET))).scalars())


async def _move(tx: Tx, territory: Territory, former: Sequence[UUID]) -> None:
    parent = await _parent(tx, territory)
    if parent is not None and territory.id in (parent.id, *parent.ancestor_ids):
        raise InvalidArgument.of(
            "parent_id", "CYCLE", "Choose a territory outside the one that moves.", "不能移动到该区域自身或其下级之下。"
        )
    territory.place_below(parent)
    followers = await below(tx, territory.id)
    deepest = max((len(one.ancestor_ids) - len(former) for one in followers), default=0)
    _refuse_too_deep(len(territory.ancestor_ids) + 1 + deepest)
    for follower in followers:
        follower.ancestor_ids = [*territory.ancestor_ids, *follower.ancestor_ids[len(former) :]]
        tx.publish(follower, events.TerritoryUpdated())


async def _model_of(tx: Tx, territory: Territory) -> TerritoryModel:
    """The model under lock, so that it does not come into force while it is redrawn."""
    try:
        return await tx.load(TerritoryModel, territory.model_id)
    except NotFound:
        raise InvalidArgument.of("model_id", "NOT_FOUND", "There is no such model.", "没有该区域模型。") from None


async def _parent(tx: Tx, territory: Territory) -> Territory | None:
    if territory.parent_id is None:
        return None
    parent = await tx.session.get(Territory, territory.parent_id, execution_options=_WHOLE_MARKET)
    if parent is None or parent.delete_time is not None or parent.model_id != territory.model_id:
        en, zh = "There is no such territory in this model.", "该模型中没有此区域。"
        raise InvalidArgument.of("parent_id", "NOT_FOUND", en, zh)
    return parent


def _check(territory: Territory) -> None:
    if wrong := list(territory.faults()):
        raise InvalidArgument(wrong)
    territory.seat_members()


def _refuse_too_deep(levels: int) -> None:
    if levels > DEEPEST:
        raise InvalidArgument.of("parent_id", "TOO_DEEP", f"At most {DEEPEST} levels.", f"最多 {DEEPEST} 级。")


async def _check_people(tx: Tx, joined: dict[str, set[UUID]]) -> None:
    everybody = set().union(*joined.values())
    if not everybody:
        return
    known = select(User.id).where(User.id.in_(everybody), User.delete_time.is_(None))
    missing = everybody - set((await tx.session.execute(known.execution_options(**_PEOPLE))).scalars())
    for field in sorted(joined):
        if strangers := joined[field] & missing:
            named = ", ".join(sorted(map(str, strangers))[:5])
            raise InvalidArgument.of(field, "NOT_FOUND", f"There are no users {named}.", f"没有用户 {named}。")

"""Reads of placing and claiming: rules, pools, people and who holds how much."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit.access import unscoped
from crm_kit.loading import Choice
from crm_kit.tx import Tx
from crm_leads.domain.distribution import DistributionRule
from crm_leads.domain.known_customer import known_unit, known_user
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import OWNED
from crm_leads.domain.pool import Pool, ownership
from crm_leads.domain.touch import Touch


async def departments(tx: Tx) -> list[str]:
    """Paths of the units that are no organisation of their own."""
    statement = select(known_unit.c.unit_path).where(known_unit.c.kind == "DEPARTMENT")
    return list((await tx.session.execute(statement)).scalars())


_POOL = Choice(Pool, Pool.id == bindparam("id"), why="the rules of its pool bind whoever may act on the lead", lock="")


async def default_pools(tx: Tx) -> list[Pool]:
    """The default pool of every unit that has one."""
    statement = select(Pool).where(Pool.is_default.is_(True), Pool.delete_time.is_(None))
    why = unscoped("a lead falls into its unit's pool whoever submits it")
    return list((await tx.session.execute(statement.execution_options(**why))).scalars())


async def pool_of(tx: Tx, lead: Lead) -> Pool | None:
    """The pool a lead is in or came from."""
    if lead.pool_id is None:
        return None
    return await tx.find(_POOL, id=lead.pool_id)


_PLACING = unscoped("rules place leads whoever submits them")


async def enabled_rules(tx: Tx) -> list[DistributionRule]:
    """The distribution rules in their order."""
    statement = (
        select(DistributionRule)
        .where(DistributionRule.disabled.is_(False), DistributionRule.delete_time.is_(None))
        .order_by(DistributionRule.position, DistributionRule.id)
    )
    return list((await tx.session.execute(statement.execution_options(**_PLACING))).scalars())


async def lock_rules(tx: Tx, ids: Collection[UUID]) -> None:
    """Bring rules up to date and lock them, in their order: whose turn it is in one must be read and moved by one at a time."""
    statement = (
        select(DistributionRule)
        .where(DistributionRule.id.in_(ids))
        .order_by(DistributionRule.position, DistributionRule.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    await tx.session.execute(statement.execution_options(**_PLACING))


async def open_leads(tx: Tx, users: Sequence[UUID]) -> dict[UUID, int]:
    """How many open leads each user owns."""
    statement = (
        select(Lead.owner_id, func.count())
        .where(Lead.owner_id.in_(users), Lead.state.in_(OWNED), Lead.delete_time.is_(None))
        .group_by(Lead.owner_id)
    )
    why = unscoped("holding limits count all a person holds")
    counted = await tx.session.execute(statement.execution_options(**why))
    return {row[0]: row[1] for row in counted if row[0] is not None}


async def active_users(tx: Tx, users: Sequence[UUID]) -> list[UUID]:
    """Those of the users who may work; people this service has not heard of yet count as active."""
    gone = select(known_user.c.id).where(known_user.c.id.in_(users), known_user.c.active.is_(False))
    inactive = {row.id for row in await tx.session.execute(gone)}
    return [user for user in users if user not in inactive]


async def claimed_since(tx: Tx, user_id: UUID, pool_id: UUID, since: datetime) -> int:
    """Claims of a person from a pool since an instant, released ones included."""
    statement = select(func.count()).where(
        ownership.c.user_id == user_id,
        ownership.c.pool_id == pool_id,
        ownership.c.why == "claim",
        ownership.c.start_time >= since,
    )
    return int((await tx.session.execute(statement)).scalar_one())


async def last_held(tx: Tx, lead_ids: Sequence[UUID], user_id: UUID) -> dict[UUID, datetime]:
    """When the person's own last holding of each lead ended, even if others held it since."""
    statement = (
        select(ownership.c.lead_id, func.max(ownership.c.end_time))
        .where(ownership.c.lead_id.in_(lead_ids), ownership.c.user_id == user_id, ownership.c.end_time.is_not(None))
        .group_by(ownership.c.lead_id)
    )
    return {row[0]: row[1] for row in await tx.session.execute(statement)}


async def recent_touches(tx: Tx, lead_ids: Sequence[UUID]) -> dict[UUID, tuple[datetime, ...]]:
    """Instants of the latest valid touches of each lead, newest first, for the score."""
    wanted = func.unnest(bindparam("ids", list(lead_ids), ARRAY(Uuid()))).table_valued("id").render_derived()
    latest = (
        select(Touch.occur_time)
        .where(Touch.lead_id == wanted.c.id, Touch.valid.is_(True))
        .order_by(Touch.occur_time.desc())
        .limit(20)
        .lateral()
    )
    statement = select(wanted.c.id, latest.c.occur_time).select_from(wanted).join(latest, true())
    why = unscoped("the score of a lead counts all its touches")
    found: dict[UUID, tuple[datetime, ...]] = {}
    for row in await tx.session.execute(statement.execution_options(**why)):
        found[row.id] = (*found.get(row.id, ()), row.occur_time)
    return found

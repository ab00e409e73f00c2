"""Reads that are more than a list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_kit import paging
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.filtering import Fields
from crm_kit.tx import Tx
from sqlalchemy import Row, Text, and_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from crm_leads.domain.decision import decision, submission
from crm_leads.domain.distribution import DistributionRule
from crm_leads.domain.known_customer import known_customer, known_user
from crm_leads.domain.lead import OWNED, Lead, State
from crm_leads.domain.pool import Pool, ownership
from crm_leads.domain.touch import Touch

DECISION_FIELDS = Fields.of_entity(decision, ["id"])
BLOCK_CAP = 500
"""A block key shared by more records than this says nothing; its matches are left out."""
MATCHING_SEES_ALL = unscoped("matching works with system rights; what the caller learns depends on their own")


async def leads_sharing(tx: Tx, keys: Sequence[str]) -> list[Lead]:
    """Leads that share a block key with a submission and can still take it, newest first."""
    if not keys:
        return []
    wanted = literal(list(keys), ARRAY(Text))
    statement = (
        select(Lead)
        .where(
            Lead.match_keys.overlap(wanted),
            Lead.delete_time.is_(None),
            Lead.state.not_in(
                [State.CONVERTED, State.MERGED, State.OVERWRITTEN, State.DUPLICATE_CLOSED, State.REJECTED]
            ),
        )
        .order_by(Lead.create_time.desc())
        .limit(BLOCK_CAP)
    )
    return list((await tx.session.execute(statement.execution_options(**MATCHING_SEES_ALL))).scalars())


async def customers_sharing(tx: Tx, keys: Sequence[str]) -> list[Row[Any]]:
    """Known customers and contacts that share a block key."""
    if not keys:
        return []
    wanted = literal(list(keys), ARRAY(Text))
    statement = select(known_customer).where(known_customer.c.match_keys.overlap(wanted)).limit(BLOCK_CAP)
    return list((await tx.session.execute(statement)).all())


async def earlier_submission(tx: Tx, unit_path: str, key: str) -> Row[Any] | None:
    """What became of the first submission with this key."""
    mine = and_(submission.c.unit_path == unit_path, submission.c.key == key)
    return (await tx.session.execute(select(submission).where(mine))).one_or_none()


async def last_submission_time(tx: Tx, lead_id: UUID) -> datetime | None:
    statement = select(func.max(submission.c.receive_time)).where(submission.c.lead_id == lead_id)
    found: datetime | None = (await tx.session.execute(statement)).scalar_one_or_none()
    return found


async def default_pool(tx: Tx, unit_path: str) -> Pool | None:
    """The default pool of the unit, else of the nearest unit above that has one."""
    above = [unit_path[: i + 1] for i, letter in enumerate(unit_path) if letter == "/"]
    statement = (
        select(Pool)
        .where(Pool.unit_path.in_(above), Pool.is_default.is_(True), Pool.delete_time.is_(None))
        .order_by(func.length(Pool.unit_path).desc())
        .limit(1)
    )
    why = unscoped("a lead falls into its unit's pool whoever submits it")
    return (await tx.session.execute(statement.execution_options(**why))).scalar_one_or_none()


async def pool_of(tx: Tx, lead: Lead) -> Pool | None:
    """The pool a lead is in or came from."""
    if lead.pool_id is None:
        return None
    why = unscoped("the rules of its pool bind whoever may act on the lead")
    return (
        await tx.session.execute(select(Pool).where(Pool.id == lead.pool_id).execution_options(**why))
    ).scalar_one_or_none()


async def enabled_rules(tx: Tx) -> list[DistributionRule]:
    """The distribution rules in their order."""
    statement = (
        select(DistributionRule)
        .where(DistributionRule.disabled.is_(False), DistributionRule.delete_time.is_(None))
        .order_by(DistributionRule.position, DistributionRule.id)
    )
    why = unscoped("rules place leads whoever submits them")
    return list((await tx.session.execute(statement.execution_options(**why))).scalars())


async def open_leads(tx: Tx, users: Sequence[UUID]) -> dict[UUID, int]:
    """How many open leads each user owns."""
    statement = (
        select(Lead.owner_id, func.count())
        .where(Lead.owner_id.in_(users), Lead.state.in_(OWNED), Lead.delete_time.is_(None))
        .group_by(Lead.owner_id)
    )
    why = unscoped("holding limits count all a person holds")
    return {row[0]: row[1] for row in await tx.session.execute(statement.execution_options(**why))}


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


async def recent_touches(tx: Tx, lead_id: UUID) -> tuple[datetime, ...]:
    """Instants of the latest valid touches, for the score."""
    statement = (
        select(Touch.occur_time)
        .where(Touch.lead_id == lead_id, Touch.valid.is_(True))
        .order_by(Touch.occur_time.desc())
        .limit(20)
    )
    why = unscoped("the score of a lead counts all its touches")
    return tuple((await tx.session.execute(statement.execution_options(**why))).scalars())


async def times_disqualified_as_fake(tx: Tx, lead_id: UUID) -> int:
    statement = select(func.count()).where(
        decision.c.lead_id == lead_id, decision.c.kind == "disqualification", decision.c.outcome == "fake"
    )
    return int((await tx.session.execute(statement)).scalar_one())


async def list_decisions(call: Call, lead_id: str, page_size: int, page_token: str) -> tuple[Sequence[Row[Any]], str]:
    """One page of the decisions about a lead, newest first, and the token of the next."""
    page = paging.page("id desc", page_size, page_token, DECISION_FIELDS, paging.query_hash("decision", lead_id))
    statement = select(decision, *page.columns).where(decision.c.lead_id == UUID(lead_id)).order_by(*page.order_by)
    if page.after is not None:
        statement = statement.where(page.after)
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement.limit(page.limit))).all()
    token = page.token_for([rows[page.size - 1].id]) if len(rows) > page.size else ""
    return rows[: page.size], token

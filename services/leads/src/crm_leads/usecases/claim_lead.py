"""Claim (领取): a person takes pooled leads, within the pool's limits, however many try at once (GT-5)."""

from collections.abc import Sequence
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events
from sqlalchemy import func, select, text

from crm_kit.errors import Error, FailedPrecondition, InvalidArgument, NotFound
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State
from crm_leads.usecases.hand_over import begin_holdings

MOST_AT_ONCE = 100


class OnlyPeopleClaim(FailedPrecondition):
    """A key or a service cannot own a lead."""

    en = "Only a person can claim a lead. Sign in as a user."
    zh = "只有用户可以领取线索，请以用户身份登录。"


async def claim_lead(tx: Tx, lead_id: str, *, etag: str = "") -> Lead:
    """Take one lead."""
    user = claimer(tx)
    await _one_claim_at_a_time(tx, user)
    return await _claim(tx, await tx.load(Lead, lead_id, etag=etag), user)


async def claim_leads(tx: Tx, lead_ids: Sequence[str], *, best_effort: bool) -> list[Lead | Error]:
    """Take several, in the given order: all or none, or each that the limits allow with the reason for the others."""
    if not 0 < len(lead_ids) <= MOST_AT_ONCE:
        raise InvalidArgument.of(
            "ids", "COUNT", f"Name 1 to {MOST_AT_ONCE} leads.", f"请指定 1 到 {MOST_AT_ONCE} 条线索。"
        )
    user = claimer(tx)
    await _one_claim_at_a_time(tx, user)
    results: list[Lead | Error] = []
    # Locks are taken in the order of ids whatever the order asked for, so that two claimers never block each other.
    loaded = {one: await _load(tx, one) for one in sorted(set(lead_ids))}
    for lead_id in lead_ids:
        try:
            results.append(await _claim(tx, _present(loaded[lead_id]), user))
        except Error as refused:
            if not best_effort:
                raise
            results.append(refused)
    return results


def claimer(tx: Tx) -> UUID:
    """The user who claims."""
    if tx.principal.user_id is None:
        raise OnlyPeopleClaim
    return tx.principal.user_id


async def _load(tx: Tx, lead_id: str) -> Lead | Error:
    try:
        return await tx.load(Lead, lead_id)
    except NotFound as missing:
        return missing


def _present(lead: Lead | Error) -> Lead:
    if isinstance(lead, Error):
        raise lead
    return lead


async def _claim(tx: Tx, lead: Lead, user: UUID) -> Lead:
    pool = await queries.pool_of(tx, lead)
    if pool is not None and lead.state == State.POOLED:
        claimed = await queries.claimed_since(tx, user, pool.id, pool.day_start(tx.now))
        held = (await queries.open_leads(tx, [user])).get(user, 0)
        pool.check_limits(claimed_today=claimed, held=held)
        pool.check_cooldown((await queries.last_held(tx, [lead.id], user)).get(lead.id), tx.now)
    lead.claim(user, tx.now)
    if pool is not None:
        pool.protect(lead)
    await begin_holdings(tx, [lead], why="claim")
    tx.publish(lead, events.LeadClaimed())
    return lead


async def _one_claim_at_a_time(tx: Tx, user: UUID) -> None:
    """Claims of one person wait for each other, so that counting and taking cannot be interleaved."""
    await tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"claim {user}", text("0")))))

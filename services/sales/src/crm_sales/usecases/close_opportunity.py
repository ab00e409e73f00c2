"""Win, lose and reopen: how a deal ends, and how it may go on."""

from datetime import date
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.errors import NotFound
from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain import deal_errors
from crm_sales.domain.days import local_day
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.pipeline import Pipeline
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.stages import Status
from crm_sales.usecases.stage_history import begin_stay


async def win_opportunity(
    tx: Tx, deal_id: str, policy: SalesPolicy, *, close_date: date | None = None, note: str = "", etag: str = ""
) -> Opportunity:
    """There is business: the pipeline's policy says what must prove it."""
    deal = await tx.load(Opportunity, deal_id, etag=etag)
    pipeline = await queries.pipeline_of(tx, deal.pipeline_id)
    left = (deal.pipeline_id, deal.stage)
    deal.win(pipeline, close_date, note.strip(), tx.now, local_day(tx.now, policy.time_zone))
    with tx.session.no_autoflush:
        await _need_evidence(tx, deal, pipeline)
    fact = events.OpportunityWon()
    tx.publish(deal, fact)
    fact.stay.CopyFrom(begin_stay(tx, deal, left))
    return deal


async def lose_opportunity(
    tx: Tx,
    deal_id: str,
    policy: SalesPolicy,
    *,
    reason: str,
    note: str = "",
    competitor_id: UUID | None = None,
    close_date: date | None = None,
    etag: str = "",
) -> Opportunity:
    """There is no business, and the reason is kept for the next deal."""
    deal = await tx.load(Opportunity, deal_id, etag=etag)
    if competitor_id is not None and not await queries.competitor_exists(tx, competitor_id):
        raise NotFound(resource="competitor", id=competitor_id)
    pipeline = await queries.pipeline_of(tx, deal.pipeline_id)
    left = (deal.pipeline_id, deal.stage)
    today = local_day(tx.now, policy.time_zone)
    deal.lose(pipeline, reason, note.strip(), competitor_id, close_date, tx.now, today)
    fact = events.OpportunityLost()
    tx.publish(deal, fact)
    fact.stay.CopyFrom(begin_stay(tx, deal, left))
    return deal


async def reopen_opportunity(tx: Tx, deal_id: str, *, reason: str, etag: str = "") -> Opportunity:
    """The deal goes on where it stood before it was closed."""
    deal = await tx.load(Opportunity, deal_id, etag=etag)
    pipeline = await queries.pipeline_of(tx, deal.pipeline_id)
    left, was_won = (deal.pipeline_id, deal.stage), deal.state == Status.WON
    deal.reopen(pipeline, reason.strip(), tx.now)
    fact = events.OpportunityReopened(was_won=was_won)
    tx.publish(deal, fact)
    fact.stay.CopyFrom(begin_stay(tx, deal, left))
    return deal


async def _need_evidence(tx: Tx, deal: Opportunity, pipeline: Pipeline) -> None:
    if pipeline.win_policy == "OWNER_DECIDES" or await queries.has_signed_contract(tx, deal.id):
        return
    if pipeline.win_policy == "CONTRACT":
        raise deal_errors.WinNeedsEvidence(policy="a signed contract", policy_zh="已签合同")
    if not await queries.has_accepted_quote(tx, deal.id):
        raise deal_errors.WinNeedsEvidence(
            policy="an accepted quote or a signed contract", policy_zh="已接受的报价或已签合同"
        )

"""Draft and edit a campaign: its dates, goals, budget and place in the tree are checked the same way."""

from typing import Any
from uuid import UUID

from crm.marketing.v1 import marketing_events_pb2 as events

from crm_kit.errors import FailedPrecondition, InvalidArgument
from crm_kit.tx import Tx
from crm_marketing import queries
from crm_marketing.domain.budget import Budget
from crm_marketing.domain.campaign import Campaign
from crm_marketing.domain.goals import checked_goals
from crm_marketing.mappings import campaigns

MOST_LEVELS = 10


class CampaignCircle(FailedPrecondition):
    """A campaign cannot be a part of itself. Facts: id, parent_id."""

    en = "That campaign is a part of this one already; choose another parent."
    zh = "该活动已是本活动的下级，请选择其他上级活动。"


class CampaignTooDeep(FailedPrecondition):
    """The tree has a bottom. Facts: id, levels."""

    en = "Campaigns nest at most {levels} levels; choose a parent higher up."
    zh = "活动层级最多 {levels} 级，请选择更上层的活动。"


async def draft_campaign(tx: Tx, campaign: Campaign, over_commit_reason: str) -> Campaign:
    """A new campaign, owned by who drafts it; its budget has no costs yet, whatever was sent."""
    campaign.goals = checked_goals(campaign.goals)
    campaign.set_money(Budget().revised(campaign.budget_lines, campaign.currency, over_commit_reason.strip()))
    campaign.check_dates()
    if campaign.parent_id is not None:
        await _place(tx, campaign, campaign.parent_id)
    campaign.owner_id = campaign.owner_id or tx.principal.user_id
    campaign.number = await tx.number("CA")
    tx.add(campaign)
    tx.publish(campaign, events.CampaignCreated())
    return campaign


async def edit_campaign(tx: Tx, campaign: Campaign, values: dict[str, Any], over_commit_reason: str) -> Campaign:
    """Apply column values of an update; announces it when anything changed."""
    campaign.refuse_if_closed("edited")
    if "goals" in values:
        values["goals"] = checked_goals(values["goals"])
    parent_id = values.get("parent_id")
    if parent_id is not None and parent_id != campaign.parent_id:
        await _place(tx, campaign, parent_id)
    changed = campaigns.apply(campaign, _with_money(campaign, values, over_commit_reason.strip()))
    campaign.check_dates()
    if changed:
        tx.publish(campaign, events.CampaignUpdated())
    return campaign


def _with_money(campaign: Campaign, values: dict[str, Any], over_commit_reason: str) -> dict[str, Any]:
    """The values with the budget checked as a whole: a new currency is checked against the old lines, too."""
    if not {"budget_lines", "currency"} & values.keys():
        return values
    currency = values.get("currency", campaign.currency)
    campaign.refuse_currency(currency)
    lines = values.get("budget_lines", campaign.budget_lines)
    budget = campaign.money.revised(lines, currency, over_commit_reason)
    sums = {"budget": budget.planned, "committed_cost": budget.committed, "actual_cost": budget.actual}
    return values | {"budget_lines": budget.stored()} | sums


async def _place(tx: Tx, campaign: Campaign, parent_id: UUID) -> None:
    """The parent is there, is no part of the campaign, and leaves room for the campaign's own parts."""
    await queries.hold_tree(tx)
    if not await queries.may_use(tx, parent_id):
        raise InvalidArgument.of(
            "parent_id",
            "NOT_FOUND",
            "There is no such campaign, or you may not see it.",
            "该活动不存在，或您无权查看。",
        )
    above = await queries.ancestors(tx, parent_id)
    if campaign.id is not None and campaign.id in above:
        raise CampaignCircle(id=campaign.id, parent_id=parent_id)
    below = await queries.levels_below(tx, campaign.id) if campaign.id is not None else 0
    if len(above) + 1 + below > MOST_LEVELS:
        raise CampaignTooDeep(id=campaign.id, levels=MOST_LEVELS)

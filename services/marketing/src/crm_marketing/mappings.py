"""Which entity is which message, and how each is listed: the only place of this service that knows both sides."""

from decimal import Decimal
from typing import Any

from crm.marketing.v1 import campaign_member_pb2, campaign_pb2, campaign_results_pb2, touchpoint_pb2
from crm.type.v1.money_pb2 import Money

from crm_kit.mapping import Mapping
from crm_kit.money import text
from crm_kit.resource import Resource
from crm_marketing.domain.campaign import SEARCHED, Campaign
from crm_marketing.domain.campaign_member import CampaignMember
from crm_marketing.domain.goals import percent
from crm_marketing.domain.results import Results
from crm_marketing.domain.touchpoint import Touchpoint


def _sum(name: str) -> Any:
    """A derived amount; absent while the campaign has no currency, because an amount without one says nothing."""
    return lambda row: {"amount": text(getattr(row, name)), "currency": row.currency} if row.currency else None


campaign = Mapping(
    Campaign,
    campaign_pb2.Campaign,
    computed={name: _sum(name) for name in ("budget", "committed_cost", "actual_cost")},
)
campaign_member = Mapping(CampaignMember, campaign_member_pb2.CampaignMember)
touchpoint = Mapping(Touchpoint, touchpoint_pb2.Touchpoint)

campaigns = Resource(
    campaign,
    filters=[
        "number",
        "name",
        "state",
        "kind",
        "channel",
        "place",
        "start_date",
        "end_date",
        "parent_id",
        "currency",
        "budget",
        "committed_cost",
        "actual_cost",
        "owner_id",
        "unit_path",
        "tags",
        "create_time",
        "update_time",
    ],
    search=SEARCHED,
)
campaign_members = Resource(
    campaign_member,
    filters=[
        "campaign_id",
        "lead_id",
        "contact_id",
        "customer_id",
        "status",
        "responded",
        "first_responded_time",
        "owner_id",
        "unit_path",
        "create_time",
        "update_time",
    ],
)
touchpoints = Resource(
    touchpoint,
    filters=[
        "occur_time",
        "lead_id",
        "contact_id",
        "customer_id",
        "anonymous_id",
        "campaign_id",
        "kind",
        "channel",
        "medium",
        "source",
        "content",
        "term",
        "counted",
        "unit_path",
        "create_time",
    ],
    order="occur_time desc",
)


def campaign_cost(row: Any) -> campaign_pb2.CampaignCost:
    """A row of the recorded costs."""
    return campaign_pb2.CampaignCost(
        id=str(row.id),
        campaign_id=str(row.campaign_id),
        category=row.category,
        amount=Money(amount=text(row.amount), currency=row.currency),
        external_reference=row.external_reference,
        note=row.note,
        over_commit_reason=row.over_commit_reason,
        cost_date=row.cost_date.isoformat(),
        actor_id=row.actor_id,
        create_time=row.create_time,
    )


def campaign_results(of: campaign_pb2.Campaign, results: Results) -> campaign_results_pb2.CampaignResults:
    """The results as answered, each goal of the campaign beside what was achieved."""
    message = campaign_results_pb2.CampaignResults(
        campaign_id=of.id,
        campaign_count=results.campaign_count,
        reached=results.reached,
        responded=results.responded,
        leads=results.leads,
        valid_leads=results.valid_leads,
        opportunities=results.opportunities,
        won=results.won,
        won_without_amount=results.won_without_amount,
        revenue=_per_currency(results.revenue),
        cost=_per_currency(results.cost),
        cost_per_lead=_money(results.cost_per(results.leads)),
        cost_per_valid_lead=_money(results.cost_per(results.valid_leads)),
        roi_absent_reason=results.roi_absent_reason,
    )
    if (roi := results.roi_percent) is not None:
        message.roi_percent = text(roi)
    for goal in of.goals:
        actual = results.achieved(goal.metric, of.currency)
        message.goals.add(
            metric=goal.metric,
            target=goal.target,
            actual=text(actual),
            percent=text(percent(actual, Decimal(goal.target))),
        )
    return message


def _per_currency(amounts: dict[str, Decimal]) -> list[Money]:
    return [Money(amount=text(amount), currency=currency) for currency, amount in sorted(amounts.items())]


def _money(found: tuple[Decimal, str] | None) -> Money | None:
    return None if found is None else Money(amount=text(found[0]), currency=found[1])

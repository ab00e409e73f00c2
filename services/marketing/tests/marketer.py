"""The marketing service as its callers see it, and builders of what other services announce."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.marketing.v1.campaign_member_pb2 import CampaignMember
from crm.marketing.v1.campaign_pb2 import Campaign
from crm.marketing.v1.campaign_results_pb2 import CampaignResults
from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.opportunity_pb2 import Opportunity
from google.protobuf.message import Message
from uuid_utils.compat import uuid7

from crm_kit.principal import Principal
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

BUDGET = [{"category": "booth", "planned": "1000"}, {"category": "gifts", "planned": "500.50", "committed": "100"}]
SERVICES = ("Campaign", "CampaignMember", "Touchpoint")


@dataclass
class Marketer:
    """Somebody who runs campaigns; ``do`` names an RPC and its request's fields."""

    marketing: RunningService
    who: Principal = field(default_factory=somebody)

    def as_(self, who: Principal) -> "Marketer":
        return Marketer(self.marketing, who)

    async def do(self, name: str, **fields: Any) -> Any:
        path = next(path for service in SERVICES if (path := f"crm.marketing.v1.{service}Service/{name}") in PATHS)
        return await self.marketing.call(path, descriptors.method(path).request_type(**fields), self.who)

    async def refused(self, name: str, **fields: Any) -> RemoteError:
        """The refusal of a call that must fail."""
        with pytest.raises(RemoteError) as refused:
            await self.do(name, **fields)
        return refused.value

    async def campaign(self, **facts: Any) -> Campaign:
        facts = {"name": "春季进博会", "kind": "exhibition", "currency": "CNY", "budget_lines": BUDGET, **facts}
        dates = {"start_date": "2026-03-01", "end_date": "2026-03-31"}
        return await self.do("CreateCampaign", campaign={**dates, **facts})

    async def spend(self, campaign: Campaign, amount: str, reference: str, **facts: Any) -> Campaign:
        money = {"amount": amount, "currency": facts.pop("currency", "CNY")}
        facts = {"category": "booth", **facts}
        return await self.do("RecordCost", id=campaign.id, amount=money, external_reference=reference, **facts)

    async def refused_spending(self, campaign: Campaign, amount: str, reference: str, **facts: Any) -> RemoteError:
        with pytest.raises(RemoteError) as refused:
            await self.spend(campaign, amount, reference, **facts)
        return refused.value

    async def results(self, campaign: Campaign, **how: Any) -> CampaignResults:
        return await self.do("GetCampaignResults", id=campaign.id, **how)

    async def members(self, campaign: Campaign) -> list[CampaignMember]:
        found = await self.do("ListCampaignMembers", filter=f'campaign_id = "{campaign.id}"', order_by="create_time")
        return list(found.campaign_members)

    async def touchpoints(self, condition: str) -> list[Any]:
        return list((await self.do("ListTouchpoints", filter=condition, order_by="occur_time")).touchpoints)


PATHS = {
    f"crm.marketing.v1.{service}Service/{method}"
    for service in SERVICES
    for method in descriptors.service(f"crm.marketing.v1.{service}Service").methods_by_name
}


def a_lead(campaign: Campaign | None = None, **facts: Any) -> Lead:
    """A lead as its service announces it."""
    brought_by = campaign.id if campaign is not None else ""
    intent = {"campaign_id": brought_by, "channel": "web_form"}
    defaults = {"id": str(uuid7()), "state": "POOLED", "channel": "web_form", "source": "exhibition"}
    return Lead(**{**defaults, "campaign_id": brought_by, "intents": [intent], "unit_path": "/hq/", **facts})


def changed(message: Any, **facts: Any) -> Any:
    """The same record later."""
    later = type(message)(**facts)
    result = type(message)()
    result.CopyFrom(message)
    result.MergeFrom(later)
    return result


def captured(lead: Lead, seq: int = 1) -> tuple[UUID, int, Message]:
    return UUID(lead.id), seq, leads.LeadCaptured(lead=lead)


def a_deal(campaign: Campaign | None = None, amount: str = "2000", currency: str = "CNY", **facts: Any) -> Opportunity:
    """A deal as its service announces it."""
    brought_by = campaign.id if campaign is not None else ""
    money = {"amount": amount, "currency": currency} if amount else None
    return Opportunity(**{"id": str(uuid7()), "state": "OPEN", "campaign_id": brought_by, "amount": money, **facts})


def opened(deal: Opportunity, seq: int = 1) -> tuple[UUID, int, Message]:
    return UUID(deal.id), seq, sales.OpportunityCreated(opportunity=deal)


def won(deal: Opportunity, seq: int = 2) -> tuple[UUID, int, Message]:
    return UUID(deal.id), seq, sales.OpportunityWon(opportunity=changed(deal, state="WON"))

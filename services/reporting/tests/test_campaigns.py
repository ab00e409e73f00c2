"""Campaign return, with the golden numbers GT-8."""

from uuid import UUID, uuid4

from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.marketing.v1 import marketing_events_pb2 as marketing
from crm.marketing.v1.campaign_pb2 import Campaign
from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.opportunity_pb2 import Opportunity
from crm.type.v1.money_pb2 import Money

from crm_kit.testing.service import RunningService

from .chronicle import History, Run, cny


def campaign(history: History, cost: str) -> str:
    made = Campaign(id=str(uuid4()), name="Fair", state=Campaign.RUNNING, currency="CNY", unit_path="/hq/")
    history.add("campaign", UUID(made.id), "2026-03-01 08:00", marketing.CampaignCreated(campaign=made))
    if cost:
        made.actual_cost.CopyFrom(cny(cost))
        history.add("campaign", UUID(made.id), "2026-03-02 08:00", marketing.CampaignCostRecorded(campaign=made))
    return made.id


def win(history: History, campaign_id: str, amount: Money) -> None:
    deal = Opportunity(id=str(uuid4()), state=Opportunity.WON, campaign_id=campaign_id, unit_path="/hq/")
    deal.amount.CopyFrom(amount)
    history.add("opportunity", UUID(deal.id), "2026-03-05 08:00", sales.OpportunityWon(opportunity=deal))


async def test_cost_is_taken_once_whatever_the_campaign_brought(reporting: RunningService, run: Run) -> None:
    history = History()
    fair = campaign(history, "1000")
    for _ in range(3):
        win(history, fair, cny("2000"))
        lead = Lead(id=str(uuid4()), state=Lead.POOLED, campaign_id=fair, unit_path="/hq/")
        history.add("lead", UUID(lead.id), "2026-03-03 08:00", leads.LeadCaptured(lead=lead))
    await history.deliver(reporting)
    answer = await run("campaign_roi")
    shown = answer.rows[0]
    assert (shown["leads"], shown["won_deals"], shown["won"], shown["cost"]) == (3, 3, "6000.00", "1000.00")
    assert shown["roi"] == answer.totals[0]["roi"] == 5


async def test_there_is_no_return_without_cost_or_in_another_currency(reporting: RunningService, run: Run) -> None:
    history = History()
    win(history, campaign(history, ""), cny("2000"))
    win(history, campaign(history, "10"), Money(amount="5", currency="USD"))
    await history.deliver(reporting)
    shown = {(row["currency"], row["won"]): row["roi"] for row in (await run("campaign_roi")).rows}
    assert shown == {("CNY", "2000.00"): None, ("CNY", "0.00"): -1, ("USD", "5.00"): None}

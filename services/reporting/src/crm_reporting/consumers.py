"""What this service learns from others: everything, in order, and nothing twice.

One ledger: first times, bridges and sums depend on what came before, so each aggregate's history is applied in order and
without gaps, and the result does not depend on the order of delivery.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from crm.customers.v1 import customers_events_pb2 as customers
from crm.identity.v1 import identity_events_pb2 as identity
from crm.leads.v1 import leads_events_pb2 as leads
from crm.marketing.v1 import marketing_events_pb2 as marketing
from crm.sales.v1 import sales_events_pb2 as sales
from crm.service_desk.v1 import service_desk_events_pb2 as service_desk
from google.protobuf.message import Message

from crm_kit.consumer import Consumer, Mode, Received
from crm_kit.tx import Tx
from crm_reporting.usecases.keep_deals import keep_deals, keep_stages
from crm_reporting.usecases.keep_leads import keep_leads
from crm_reporting.usecases.keep_money import keep_contracts, keep_plan_lines, keep_receipts
from crm_reporting.usecases.keep_parties import keep_campaigns, keep_customers, keep_units, keep_users
from crm_reporting.usecases.keep_tickets import keep_ratings, keep_tickets
from crm_reporting.usecases.note_position import note_position

facts = Consumer("reporting-facts", mode=Mode.LEDGER)

Keep = Callable[[Tx, Sequence[Received[Any]]], Awaitable[None]]


async def nothing(_tx: Tx, _events: Sequence[Received[Any]]) -> None:
    """No report asks about these yet; they only move the freshness of their source."""


def _on(keep: Keep, *types: type[Message]) -> None:
    @facts.on(*types)
    async def handler(tx: Tx, events: Sequence[Received[Any]]) -> None:
        await note_position(tx, events)
        await keep(tx, events)


_on(
    keep_leads,
    leads.LeadCaptured,
    leads.LeadMerged,
    leads.LeadMergedByHand,
    leads.LeadUnmerged,
    leads.LeadOverwritten,
    leads.LeadRepeated,
    leads.LeadUpdated,
    leads.LeadClaimed,
    leads.LeadAssigned,
    leads.LeadOffered,
    leads.LeadAccepted,
    leads.LeadReturned,
    leads.LeadDistributed,
    leads.LeadReleased,
    leads.LeadRecycled,
    leads.LeadTouched,
    leads.LeadQualified,
    leads.LeadDisqualified,
    leads.LeadReopened,
    leads.LeadConverted,
    leads.SubmissionAttached,
)
_on(
    keep_deals,
    sales.OpportunityCreated,
    sales.OpportunityUpdated,
    sales.OpportunityStageChanged,
    sales.OpportunityAmountChanged,
    sales.OpportunityCloseDateChanged,
    sales.OpportunityWon,
    sales.OpportunityLost,
    sales.OpportunityReopened,
)
_on(keep_stages, sales.PipelineChanged)
_on(
    keep_contracts,
    sales.ContractSent,
    sales.ContractSigned,
    sales.ContractAmended,
    sales.ContractStarted,
    sales.ContractFulfilled,
    sales.ContractArchived,
    sales.ContractVoided,
    sales.ContractTerminated,
    sales.ContractExpired,
    sales.ContractHandedOver,
)
_on(keep_receipts, sales.ReceiptConfirmed, sales.ReceiptReversed)
_on(keep_plan_lines, sales.PlanLineOverdue, sales.PlanLinePaid, sales.PlanLineWrittenOff)
_on(
    keep_tickets,
    service_desk.TicketCreated,
    service_desk.TicketUpdated,
    service_desk.TicketAssigned,
    service_desk.TicketStateChanged,
    service_desk.TicketReplied,
    service_desk.CustomerReplied,
    service_desk.TicketResolved,
    service_desk.TicketReopened,
    service_desk.TicketClosed,
    service_desk.SlaMet,
    service_desk.SlaBreached,
)
_on(keep_ratings, service_desk.SurveyAnswered)
_on(
    keep_customers,
    customers.CustomerCreated,
    customers.CustomerUpdated,
    customers.CustomerPhaseChanged,
    customers.CustomerDeleted,
    customers.MainContactChanged,
)
_on(
    keep_campaigns,
    marketing.CampaignCreated,
    marketing.CampaignUpdated,
    marketing.CampaignStateChanged,
    marketing.CampaignCostRecorded,
    marketing.CampaignDeleted,
)
_on(keep_units, identity.UnitCreated, identity.UnitUpdated)
_on(keep_users, identity.UserCreated, identity.UserUpdated)
_on(
    nothing,
    customers.FollowUpLogged,
    sales.ProductChanged,
    sales.CompetitorChanged,
    sales.QuoteSent,
    sales.QuoteAccepted,
    sales.QuoteDeclined,
    sales.QuoteExpired,
    sales.QuoteWithdrawn,
    sales.QuoteSuperseded,
)

"""Keep what is known of customers and campaigns, and the names of units and people."""

from collections.abc import Sequence
from typing import Any

from crm.customers.v1.customer_pb2 import Customer
from crm.customers.v1.customers_events_pb2 import CustomerDeleted
from crm.identity.v1.unit_pb2 import Unit
from crm.marketing.v1.campaign_pb2 import Campaign
from crm.marketing.v1.marketing_events_pb2 import CampaignDeleted

from crm_kit.consumer import Received
from crm_kit.tx import Tx
from crm_reporting.domain.party_facts import campaign_fact, customer_fact, unit_dim, user_dim
from crm_reporting.usecases.write_facts import amount_of, day_of, keep, time_of, uuid_of


async def keep_customers(tx: Tx, events: Sequence[Received[Any]]) -> None:
    rows = []
    for event in events:
        customer = event.message.customer
        rows.append(
            {
                "id": event.aggregate_id,
                "event_seq": event.event_seq,
                "owner_id": uuid_of(customer.owner_id),
                "unit_path": customer.unit_path,
                "name": customer.name,
                "type": Customer.Type.Name(customer.type),
                "phase": Customer.Phase.Name(customer.phase),
                "source": customer.source,
                "lead_id": uuid_of(customer.lead_id),
                "create_time": time_of(customer, "create_time") or event.occur_time,
                "deleted": isinstance(event.message, CustomerDeleted),
            }
        )
    await keep(tx, customer_fact, rows)


async def keep_campaigns(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """The campaign with the sum of its costs."""
    rows = []
    for event in events:
        campaign = event.message.campaign
        gone = isinstance(event.message, CampaignDeleted)
        rows.append(
            {
                "id": event.aggregate_id,
                "event_seq": event.event_seq,
                "owner_id": uuid_of(campaign.owner_id),
                "unit_path": campaign.unit_path,
                "number": campaign.number,
                "name": campaign.name,
                "state": "DELETED" if gone else Campaign.State.Name(campaign.state),
                "budget": amount_of(campaign, "budget")[0],
                "cost": amount_of(campaign, "actual_cost")[0],
                "currency": campaign.currency,
                "start_date": day_of(campaign.start_date),
                "end_date": day_of(campaign.end_date),
            }
        )
    await keep(tx, campaign_fact, rows)


async def keep_units(tx: Tx, events: Sequence[Received[Any]]) -> None:
    rows = []
    for event in events:
        unit = event.message.unit
        rows.append(
            {
                "id": event.aggregate_id,
                "event_seq": event.event_seq,
                "path": unit.path,
                "name": unit.name,
                "kind": Unit.Kind.Name(unit.kind),
            }
        )
    await keep(tx, unit_dim, rows)


async def keep_users(tx: Tx, events: Sequence[Received[Any]]) -> None:
    rows = []
    for event in events:
        user = event.message.user
        rows.append(
            {
                "id": event.aggregate_id,
                "event_seq": event.event_seq,
                "unit_path": user.unit_path,
                "name": user.display_name,
                "active": not user.disabled,
            }
        )
    await keep(tx, user_dim, rows)

"""What sales learns from others: which territories there are, where customers lie, and which leads became one."""

from collections.abc import Sequence
from uuid import UUID

from crm.customers.v1.customers_events_pb2 import CustomerTerritoriesChanged
from crm.leads.v1.leads_events_pb2 import LeadMergedByHand, LeadUnmerged

from crm_kit.consumer import Consumer, Mode, Received
from crm_kit.tx import Tx
from crm_sales.domain.territories import known_territories
from crm_sales.usecases.follow_merge import follow_merge, follow_unmerge
from crm_sales.usecases.place_deals import know_customers, queue_placing

territories = Consumer("sales-territories", mode=Mode.PROJECTION)
merges = Consumer("sales-merges", mode=Mode.PROJECTION)
known_territories.follow(territories, queue_placing)


@territories.on(CustomerTerritoriesChanged)
async def on_customer_moved(tx: Tx, events: Sequence[Received[CustomerTerritoriesChanged]]) -> None:
    """Deals follow their customer."""
    await know_customers(tx, {event.aggregate_id: [UUID(id) for id in event.message.territory_ids] for event in events})


@merges.on(LeadMergedByHand)
async def on_merged(tx: Tx, events: Sequence[Received[LeadMergedByHand]]) -> None:
    """Tasks about a merged lead are about the survivor from now on."""
    for one in events:
        lead = one.message.lead
        ids = UUID(one.message.lead_merge_id), UUID(lead.id), UUID(lead.merged_into_id)
        await follow_merge(tx, *ids, one.unit_path)


@merges.on(LeadUnmerged)
async def on_unmerged(tx: Tx, events: Sequence[Received[LeadUnmerged]]) -> None:
    """What followed comes back."""
    for one in events:
        ids = UUID(one.message.lead_merge_id), UUID(one.message.lead.id), UUID(one.message.survivor_id)
        await follow_unmerge(tx, *ids, one.unit_path)

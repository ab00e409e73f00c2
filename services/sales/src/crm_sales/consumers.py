"""What sales learns from others: which territories there are, and where customers lie."""

from collections.abc import Sequence
from uuid import UUID

from crm.customers.v1.customers_events_pb2 import CustomerTerritoriesChanged

from crm_kit.consumer import Consumer, Mode, Received
from crm_kit.tx import Tx
from crm_sales.domain.territories import known_territories
from crm_sales.usecases.place_deals import know_customers, queue_placing

territories = Consumer("sales-territories", mode=Mode.PROJECTION)
known_territories.follow(territories, queue_placing)


@territories.on(CustomerTerritoriesChanged)
async def on_customer_moved(tx: Tx, events: Sequence[Received[CustomerTerritoriesChanged]]) -> None:
    """Deals follow their customer."""
    await know_customers(tx, {event.aggregate_id: [UUID(id) for id in event.message.territory_ids] for event in events})

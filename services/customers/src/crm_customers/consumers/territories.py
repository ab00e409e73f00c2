"""From identity: which territories there are and which model is in force; from here: customers that may lie elsewhere now."""

from collections.abc import Sequence
from typing import Any

from crm.customers.v1 import customers_events_pb2 as customers
from crm.identity.v1.identity_events_pb2 import UnitMoveCompleted

from crm_customers.domain.territories import known_territories
from crm_customers.usecases.align_customers import align_known
from crm_customers.usecases.run_territory_alignment import queue_run
from crm_kit.consumer import Consumer, Mode, Received
from crm_kit.tx import Tx

territories = Consumer("customers-territories", mode=Mode.PROJECTION)
known_territories.follow(territories, queue_run)

alignment = Consumer("customers-alignment", mode=Mode.PROJECTION)


@alignment.on(customers.CustomerCreated, customers.CustomerUpdated, customers.CustomerPhaseChanged)
async def on_customer(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Whatever changed of a customer, rules may ask about it."""
    await align_known(tx, [event.aggregate_id for event in events])


@territories.on(UnitMoveCompleted)
async def on_unit_moved(tx: Tx, _events: Sequence[Received[UnitMoveCompleted]]) -> None:
    """Customers of a unit that moved have another path, of which no event tells."""
    if await known_territories.model_in_force(tx) is not None:
        await queue_run(tx)

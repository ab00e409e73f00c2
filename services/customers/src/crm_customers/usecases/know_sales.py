"""What sales tells of contracts and deals is remembered, and the customer's phase follows (domain rule 3.5)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert

from crm_customers.domain.standing import known_contract, known_opportunity
from crm_customers.usecases.settle_phases import settle_phases
from crm_kit.tx import Tx


@dataclass(frozen=True, slots=True)
class KnownContract:
    """A contract as it stands; ``end_time``: the instant at which its last day is over."""

    id: UUID
    customer_id: UUID
    event_seq: int
    state: str
    end_time: datetime | None


@dataclass(frozen=True, slots=True)
class KnownDeal:
    """A deal as it stands."""

    id: UUID
    customer_id: UUID
    event_seq: int
    is_open: bool


async def know_contracts(tx: Tx, contracts: Sequence[KnownContract]) -> None:
    """A contract decides the phase of its customer, over anything set by hand."""
    await _keep(tx, known_contract, contracts)
    await settle_phases(tx, [contract.customer_id for contract in contracts], by_contract=True)


async def know_deals(tx: Tx, deals: Sequence[KnownDeal]) -> None:
    """An open deal shows on a customer whose contracts have expired, beside the phase and not instead."""
    await _keep(tx, known_opportunity, deals)
    await settle_phases(tx, [deal.customer_id for deal in deals], by_contract=False)


async def _keep(tx: Tx, table: Table, known: Sequence[Any]) -> None:
    """The latest of each; what is older than what is known changes nothing."""
    statement = insert(table)
    changed = {column.name: statement.excluded[column.name] for column in table.c if column.name != "id"}
    await tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=changed, where=table.c.event_seq < statement.excluded.event_seq
        ),
        [asdict(one) for one in known],
    )

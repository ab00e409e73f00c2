"""Customers lie where the rules of the model in force say, and are open to the people there (domain rule 1.8)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from crm.customers.v1 import customers_events_pb2 as events
from sqlalchemy import ColumnElement, Uuid, and_, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from crm_customers.domain.customer import Customer
from crm_customers.domain.territories import ASKED, Plan, Planned, inherited, known_territories
from crm_kit.access import unscoped
from crm_kit.errors import Error
from crm_kit.filtering import where
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx

_EVERYBODY = unscoped("where a customer lies decides who may see it")
_TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)
"""Rules ask nothing that passes by itself."""


async def plan_of(tx: Tx, model_id: UUID | None) -> Plan:
    """The territories of a model with what they ask; nobody lies anywhere without a model."""
    rows = await known_territories.of_model(tx, model_id)
    rules = inherited(rows)
    said = repr([(row.id, row.code, row.name, rules[row.id]) for row in rows])
    planned = tuple(_planned(row, rules[row.id]) for row in rows)
    return Plan(planned, sha256(said.encode()).hexdigest())


async def locked_after(tx: Tx, after: UUID | None, most: int, *, lock: bool) -> list[UUID]:
    """The next customers by id."""
    columns = Customer.__table__.c
    statement = select(columns.id).where(_alive()).order_by(columns.id).limit(most)
    if after is not None:
        statement = statement.where(columns.id > after)
    if lock:
        statement = statement.with_for_update()
    return list((await tx.session.execute(statement.execution_options(**_EVERYBODY))).scalars())


async def align_known(tx: Tx, ids: Sequence[UUID]) -> None:
    """Put customers that changed where they belong now."""
    columns = Customer.__table__.c
    # Locked before the plan is read: whoever aligns all customers by a newer plan either waits or has passed.
    statement = select(columns.id).where(_among(ids), _alive()).order_by(columns.id).with_for_update()
    await tx.session.execute(statement.execution_options(**_EVERYBODY))
    model_id = await known_territories.model_in_force(tx)
    if model_id is not None:
        await align(tx, await plan_of(tx, model_id), ids)


async def align(tx: Tx, plan: Plan, ids: Sequence[UUID]) -> None:
    """Put customers under lock where the plan says, tell of those that moved, and open all to the people there."""
    columns = Customer.__table__.c
    moved = (
        update(Customer)
        .where(_among(ids), _alive(), columns.territory_ids.is_distinct_from(plan.ids))
        # The version stays: what follows from facts makes nobody's edit of those facts stale.
        .values(territory_ids=plan.ids, event_seq=columns.event_seq + 1)
        .returning(columns.id, columns.event_seq, columns.unit_path, columns.territory_ids)
        .execution_options(**_EVERYBODY, synchronize_session=False)
    )
    rows = (await tx.session.execute(moved)).all()
    facts = [BatchItem(row.id, row.event_seq, _changed(row.id, row.territory_ids), row.unit_path) for row in rows]
    if facts:
        await tx.publish_many(Customer.__tablename__, facts)
    lying = select(columns.id.label("record_id"), func.unnest(columns.territory_ids).label("territory_id"))
    await known_territories.open_records(tx, Customer.__tablename__, ids, lying.where(_among(ids)))


def _changed(id: UUID, territory_ids: Sequence[UUID]) -> events.CustomerTerritoriesChanged:
    return events.CustomerTerritoriesChanged(customer_id=str(id), territory_ids=map(str, territory_ids))


def _planned(row: Any, rules: Sequence[str]) -> Planned:
    try:
        asked = [where(rule, ASKED, _TIMELESS, argument="rule") for rule in rules]
    except Error as error:
        # Of a release that knew other fields; it is told, and moves nobody.
        return Planned(row.id, row.code, row.name, None, str(error))
    conditions = [condition for condition in asked if condition is not None]
    return Planned(row.id, row.code, row.name, and_(*conditions) if conditions else None)


def _among(ids: Sequence[UUID]) -> ColumnElement[bool]:
    return Customer.__table__.c.id == any_(literal(list(ids), ARRAY(Uuid())))


def _alive() -> ColumnElement[bool]:
    columns = Customer.__table__.c
    return and_(columns.delete_time.is_(None), columns.pending_operation_id.is_(None))

"""A deal counts to one territory: given by hand, else the first of its customer's, else none (domain rule 1.8)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events
from sqlalchemy import ColumnElement, Uuid, any_, bindparam, column, func, literal, select, text, true, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.jobs import chunk, enqueue, job
from crm_kit.outbox import BatchItem
from crm_kit.ownership import Piece
from crm_kit.principal import system
from crm_kit.shares import record_share
from crm_kit.tx import Tx
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.territories import customer_territories, known_territories

JOB = "territory.deals"
_WHY = unscoped("where a deal belongs decides who may see it")


async def assign_territory(tx: Tx, id: str, code: str, *, etag: str = "") -> Opportunity:
    """Somebody knows better than the customer's territories, or leaves it to them again with an empty code."""
    deal = await tx.load(Opportunity, id, etag=etag)
    if code and not await known_territories.codes_in_force(tx, [code]):
        en, zh = f"The model in force has no territory {code[:80]}.", f"生效的区域模型中没有区域 {code[:80]}。"
        raise InvalidArgument.of("territory_code", "NOT_FOUND", en, zh)
    deal.assigned_territory_code = code
    tx.publish(deal, events.OpportunityUpdated())
    return await replace_deal(tx, deal)


async def place_new_deal(tx: Tx, deal: Opportunity) -> None:
    """A deal that is being entered follows its customer and is open to the people there."""
    # Whoever learns at this moment that the customer lies elsewhere waits, and then finds this deal.
    await tx.fetch(_HOLD, deal.customer_id)
    rows = await tx.fetch(_PLACE, deal.customer_id)
    if not rows:
        return
    deal.territory_id = rows[0]["territory_id"]
    for row in rows:
        share = {
            "id": tx.new_id(),
            "record_type": Opportunity.__tablename__,
            "record_id": deal.id,
            "grantee": f"territory:{row['id']}",
            "access": "WRITE",
            "reason": row["name"],
            "granted_by": tx.principal.actor,
            "create_time": tx.now,
        }
        tx.insert(record_share, share)


async def replace_deal(tx: Tx, deal: Opportunity) -> Opportunity:
    """A deal at hand, after what decides its territory was changed."""
    await tx.session.flush()
    await place_deals(tx, [deal.id])
    await tx.session.refresh(deal)
    return deal


async def know_customers(tx: Tx, customers: Mapping[UUID, Sequence[UUID]]) -> None:
    """Customers lie elsewhere: so do their deals."""
    await tx.session.execute(_HOLD_ALL, {"ids": sorted(customers)})
    statement = insert(customer_territories)
    rows = [{"customer_id": id, "territory_ids": list(found)} for id, found in customers.items()]
    kept = statement.on_conflict_do_update(
        index_elements=["customer_id"], set_={"territory_ids": statement.excluded.territory_ids}
    )
    await tx.session.execute(kept, rows)
    columns = Opportunity.__table__.c
    theirs = select(columns.id).where(columns.customer_id == _any(list(customers)))
    ids = (await tx.session.execute(theirs.order_by(columns.id).with_for_update(), execution_options=_WHY)).scalars()
    await place_deals(tx, list(ids))


async def place_deals(tx: Tx, ids: Sequence[UUID]) -> None:
    """Bring the territory of deals, and whom it opens them to, in line with what is known; tell of those that moved."""
    if not ids:
        return
    columns, counts_to = Opportunity.__table__.c, _counts_to()
    moved = (
        update(Opportunity)
        .where(
            columns.id == _any(ids),
            # What an operation has yet to confirm is placed when it does.
            columns.pending_operation_id.is_(None),
            columns.territory_id.is_distinct_from(counts_to),
        )
        # The version stays: what follows from facts makes nobody's edit of those facts stale.
        .values(territory_id=counts_to, event_seq=columns.event_seq + 1)
        .returning(columns.id, columns.event_seq, columns.unit_path, columns.territory_id)
        .execution_options(synchronize_session=False, **_WHY)
    )
    rows = (await tx.session.execute(moved)).all()
    facts = [BatchItem(row.id, row.event_seq, _changed(row.id, row.territory_id), row.unit_path) for row in rows]
    if facts:
        await tx.publish_many(Opportunity.__tablename__, facts)
    lying = select(columns.id.label("record_id"), columns.territory_id).where(
        columns.id == _any(ids), columns.pending_operation_id.is_(None), columns.territory_id.is_not(None)
    )
    await known_territories.open_records(tx, Opportunity.__tablename__, ids, lying)


async def queue_placing(tx: Tx) -> None:
    """Other territories are in force: all deals are looked at, soon; one job that waits is enough."""
    waiting = select(job.c.id).where(job.c.kind == JOB, job.c.state == "queued").limit(1)
    if (await tx.session.execute(waiting)).first() is None:
        await enqueue(tx.session, JOB, tx.new_id(), system("job", JOB))


async def place_all_deals(call: Call) -> None:
    """In pieces, by id; begun again it finds little left to do."""
    piece, after, left = Piece(), UUID(int=0), True
    columns = Opportunity.__table__.c
    while left:
        with piece.measured():
            async with chunk(call) as tx:
                some = select(columns.id).where(columns.id > after).order_by(columns.id).limit(piece.size)
                locked = await tx.session.execute(some.with_for_update(), execution_options=_WHY)
                ids = list(locked.scalars())
                await place_deals(tx, ids)
            left = bool(ids)
            after = ids[-1] if ids else after


def _changed(id: UUID, territory_id: UUID | None) -> events.OpportunityTerritoryChanged:
    return events.OpportunityTerritoryChanged(opportunity_id=str(id), territory_id=str(territory_id or ""))


def _counts_to() -> ColumnElement[Any]:
    """The territory of a deal, asked for the row of the statement around it."""
    columns, known = Opportunity.__table__.c, known_territories.territory
    by_hand = (
        select(known.c.id)
        .where(known_territories.in_force, known.c.code == columns.assigned_territory_code)
        .limit(1)
        .correlate(Opportunity.__table__)
        .scalar_subquery()
    )
    place = func.unnest(customer_territories.c.territory_ids).table_valued(
        column("id", Uuid()), with_ordinality="at", joins_implicitly=True
    )
    place = place.render_derived("place")
    of_customer = (
        select(known.c.id)
        .select_from(customer_territories.join(place, true()).join(known, known.c.id == place.c.id))
        .where(customer_territories.c.customer_id == columns.customer_id, known_territories.in_force)
        .order_by(place.c.at)
        .limit(1)
        .correlate(Opportunity.__table__)
        .scalar_subquery()
    )
    return func.coalesce(by_hand, of_customer)


def _any(ids: Sequence[UUID]) -> Any:
    return any_(literal(list(ids), ARRAY(Uuid())))


_KEY = "territories of customer "
_HOLD = f"SELECT pg_advisory_xact_lock_shared(hashtextextended('{_KEY}' || CAST($1 AS uuid), 0))"
_HOLD_ALL = text(f"""
    SELECT pg_advisory_xact_lock(hashtextextended('{_KEY}' || c.id, 0)) FROM unnest(:ids) AS c (id)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid())))  # noqa: S608 - a constant
_PLACE = """
    WITH place AS (
        SELECT k.id, k.ancestor_ids
        FROM customer_territories c, unnest(c.territory_ids) WITH ORDINALITY AS t (id, at)
            JOIN known_territory k ON k.id = t.id
            JOIN known_territory_model m ON m.id = k.model_id AND m.state = 'ACTIVE'
        WHERE c.customer_id = $1 ORDER BY t.at LIMIT 1)
    SELECT place.id AS territory_id, above.id, above.name
    FROM place JOIN known_territory above ON above.id = place.id OR above.id = ANY (place.ancestor_ids)
"""

"""Timeline: what happened is kept once, whether or not its customer is known yet (domain rule 3.10, C21)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Uuid, column, or_, select, update, values
from sqlalchemy.dialects.postgresql import insert

from crm_customers.domain.customer import Customer
from crm_customers.domain.timeline import Entry, timeline_entry
from crm_kit.access import unscoped
from crm_kit.tx import Tx


async def record_timeline(tx: Tx, entries: Sequence[Entry]) -> None:
    """Keep the entries that are new, and move the latest contact of their customers."""
    if not entries:
        return
    rows = {entry.id: entry.row(tx.now) for entry in entries}
    await tx.session.execute(insert(timeline_entry).on_conflict_do_nothing(), list(rows.values()))
    latest: dict[UUID, datetime] = {}
    for entry in entries:
        if entry.is_contact:
            latest[entry.customer_id] = max(entry.occur_time, latest.get(entry.customer_id, entry.occur_time))
    if latest:
        await _move_latest_contact(tx, latest)


async def _move_latest_contact(tx: Tx, latest: Mapping[UUID, datetime]) -> None:
    """Never back. The etag stays, because a contact moment is in the way of nobody's edit."""
    why = unscoped("the system notes when a customer was last in touch")
    # One order of locks for everybody, so that two batches never block each other.
    held = select(Customer.id).where(Customer.id.in_(latest)).order_by(Customer.id).with_for_update()
    await tx.session.execute(held.execution_options(**why))
    told = values(column("id", Uuid()), column("time", DateTime(timezone=True)), name="told").data(list(latest.items()))
    earlier = or_(Customer.last_contact_time.is_(None), Customer.last_contact_time < told.c.time)
    statement = update(Customer).where(Customer.id == told.c.id, earlier).values(last_contact_time=told.c.time)
    await tx.session.execute(statement.execution_options(**why, synchronize_session=False))

"""Record touchpoints: each moment once, and what it says about the person's place in the campaign."""

from collections.abc import Sequence
from datetime import timedelta

from crm.marketing.v1 import marketing_events_pb2 as events
from sqlalchemy import Table, text, update
from sqlalchemy.dialects.postgresql import insert

from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx
from crm_marketing import mappings, queries
from crm_marketing.domain.touchpoint import KINDS, Touchpoint, counts
from crm_marketing.usecases.raise_members import Reached, raise_members

CLOCK_SKEW = timedelta(minutes=5)
STITCHED = timedelta(days=90)
"""How far back a visitor's touches become those of the person who turns out to be the visitor."""
FROM_EVENTS = unscoped("what other services announced is recorded, whoever may see it here")
ONE_VISITOR = unscoped("who the visitor was is true for all touches of the visitor")


async def log_touchpoint(tx: Tx, touchpoint: Touchpoint) -> Touchpoint:
    """A touchpoint by the API; InvalidArgument when it names nobody, an unknown kind or campaign, or the future."""
    touchpoint.occur_time = touchpoint.occur_time or tx.now
    await _check(tx, touchpoint)
    touchpoint.counted = counts(touchpoint.kind)
    became = await queries.conversion(tx, touchpoint.lead_id)
    if became is not None:
        touchpoint.contact_id, touchpoint.customer_id = became.contact_id, became.customer_id
    tx.add(touchpoint)
    tx.publish(touchpoint, events.TouchpointRecorded())
    await tx.session.flush()
    met = [touchpoint]
    if touchpoint.anonymous_id and touchpoint.person.is_named:
        met += await _stitch(tx, touchpoint)
    await _raise(tx, met)
    return touchpoint


async def record_touchpoints(tx: Tx, touchpoints: Sequence[Touchpoint]) -> None:
    """Touchpoints made from events, set-based; one whose event was recorded before is left out."""
    if not touchpoints:
        return
    for touchpoint in touchpoints:
        touchpoint.id, touchpoint.event_seq, touchpoint.counted = tx.new_id(), 1, counts(touchpoint.kind)
        touchpoint.create_time = touchpoint.update_time = tx.now
    table: Table = Touchpoint.__table__  # type: ignore[assignment]
    columns = [column.name for column in table.c]
    rows = [{name: getattr(one, name) for name in columns} | {"version": 1} for one in touchpoints]
    statement = insert(table).on_conflict_do_nothing(
        index_elements=["origin_event_id"], index_where=text("origin_event_id IS NOT NULL")
    )
    made = await tx.session.execute(statement.returning(table.c.id), rows, execution_options=FROM_EVENTS)
    new = set(made.scalars())
    recorded = [one for one in touchpoints if one.id in new]
    facts = [
        BatchItem(one.id, 1, events.TouchpointRecorded(touchpoint=mappings.touchpoint.write(one)), one.unit_path)
        for one in recorded
    ]
    if facts:
        await tx.publish_many("touchpoint", facts)
    await _raise(tx, recorded)


async def _raise(tx: Tx, touchpoints: Sequence[Touchpoint]) -> None:
    await raise_members(
        tx,
        [
            Reached(one.campaign_id, one.person, one.implies, one.occur_time, one.unit_path)
            for one in touchpoints
            if one.campaign_id is not None and one.implies is not None and one.person.is_named
        ],
    )


async def _stitch(tx: Tx, known: Touchpoint) -> list[Touchpoint]:
    """Give the visitor's earlier touches to the person; answers with them."""
    statement = (
        update(Touchpoint)
        .where(
            Touchpoint.anonymous_id == known.anonymous_id,
            Touchpoint.occur_time >= known.occur_time - STITCHED,
            Touchpoint.lead_id.is_(None),
            Touchpoint.contact_id.is_(None),
            Touchpoint.customer_id.is_(None),
        )
        .values(
            lead_id=known.lead_id,
            contact_id=known.contact_id,
            customer_id=known.customer_id,
            version=Touchpoint.version + 1,
            update_time=tx.now,
        )
        .returning(Touchpoint)
    )
    options = {**ONE_VISITOR, "synchronize_session": False, "populate_existing": True}
    return list((await tx.session.execute(statement, execution_options=options)).scalars())


async def _check(tx: Tx, touchpoint: Touchpoint) -> None:
    wrong = []
    if not touchpoint.person.key:
        wrong.append(
            Violation(
                "lead_id",
                "NOBODY",
                "Name a lead, contact, customer or visitor (anonymous_id).",
                "请指定线索、联系人、客户或访客（anonymous_id）。",
            )
        )
    if touchpoint.kind not in KINDS:
        known = ", ".join(KINDS)
        wrong.append(Violation("kind", "UNKNOWN_VALUE", f"Choose one of {known}.", f"请选择：{known}。"))
    if touchpoint.occur_time > tx.now + CLOCK_SKEW:
        wrong.append(Violation("occur_time", "IN_THE_FUTURE", "Record what has happened.", "请记录已发生的触点。"))
    if touchpoint.campaign_id is not None and not await queries.may_use(tx, touchpoint.campaign_id):
        wrong.append(
            Violation(
                "campaign_id",
                "NOT_FOUND",
                "There is no such campaign, or you may not see it.",
                "该活动不存在，或您无权查看。",
            )
        )
    if wrong:
        raise InvalidArgument(wrong)

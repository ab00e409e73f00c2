"""Reads and moves of merging: what follows the survivor, set-based, and what has changed since."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, delete, func, insert, literal, select, update

from crm_kit.access import scoped, unscoped, visible
from crm_kit.call import Call
from crm_kit.loading import Choice
from crm_kit.revealing import open_rows
from crm_kit.tx import Tx
from crm_leads.domain.conflict import Conflict
from crm_leads.domain.decision import submission
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_merge import LeadMerge, lead_merge_child, lead_merge_image
from crm_leads.domain.lead_states import State
from crm_leads.domain.touch import Touch
from crm_leads.domain.web_form import web_form_submission

MOST_CONFLICTS = 200
_SAME_PARTY = unscoped("what is kept of a merged lead follows it, whoever may see it")
_HERE: Mapping[str, tuple[Any, Any]] = {
    "touch": (Touch.__table__, Touch.__table__.c.lead_id),
    "submission": (submission, submission.c.lead_id),
    "web_form_submission": (web_form_submission, web_form_submission.c.lead_id),
    "conflict": (Conflict.__table__, Conflict.__table__.c.holder_lead_id),
    "receipt": (Lead.__table__, Lead.__table__.c.merged_into_id),
}
"""What this service keeps of leads besides their own history: table, and the column that names the lead."""
_MERGE = Choice(LeadMerge, LeadMerge.id == bindparam("id"), why="a merge is shown to whoever sees its survivor")


async def merge_of(tx: Tx, merge_id: UUID) -> LeadMerge | None:
    """A merge, locked; who may see it is for the caller to ask."""
    return await tx.find(_MERGE, id=merge_id)


async def follow(tx: Tx, merge_id: UUID, survivor_id: UUID, merged_ids: Sequence[UUID]) -> dict[str, int]:
    """Everything kept of the merged leads is the survivor's from now on; how many of each kind."""
    moved: dict[str, int] = {}
    for kind, (table, lead) in _HERE.items():
        mine = lead.in_(merged_ids)
        version = table.c.version + 1 if "version" in table.c else literal(0)
        noted = select(literal(merge_id), literal(kind), _key(table), lead, version).where(mine)
        columns = [column.name for column in lead_merge_child.c]
        await tx.session.execute(insert(lead_merge_child).from_select(columns, noted), execution_options=_SAME_PARTY)
        moved[kind] = await _move(tx, table, mine, {lead.name: survivor_id})
    return moved


async def go_back(tx: Tx, merge_id: UUID, survivor_id: UUID) -> dict[str, tuple[int, int]]:
    """What followed returns as it is now, unless it has gone elsewhere since; of each kind how many had changed."""
    back: dict[str, tuple[int, int]] = {}
    child = lead_merge_child.c
    for kind, (table, lead) in _HERE.items():
        mine = and_(child.lead_merge_id == merge_id, child.kind == kind, child.key == _key(table), lead == survivor_id)
        changed = 0
        if "version" in table.c:
            counting = select(func.count()).select_from(table.join(lead_merge_child, mine))
            counting = counting.where(table.c.version != child.version)
            changed = (await tx.session.execute(counting, execution_options=_SAME_PARTY)).scalar_one()
        back[kind] = await _move(tx, table, mine, {lead.name: child.lead_id}), changed
    return back


async def counted(tx: Tx, merged_ids: Sequence[UUID]) -> dict[str, int]:
    """How many records of each kind would follow."""
    counts = [
        select(literal(kind).label("kind"), func.count().label("records"))
        .select_from(table)
        .where(lead.in_(merged_ids))
        for kind, (table, lead) in _HERE.items()
    ]
    rows = await tx.session.execute(counts[0].union_all(*counts[1:]), execution_options=_SAME_PARTY)
    return {row.kind: row.records for row in rows}


async def image_of(tx: Tx, merge_id: UUID) -> dict[str, Any] | None:
    """What the leads were before a merge and after it, opened; None when it is no longer kept."""
    statement = select(lead_merge_image).where(lead_merge_image.c.lead_merge_id == merge_id)
    row = (await tx.session.execute(statement)).mappings().one_or_none()
    if row is None:
        return None
    await open_rows(tx.call.db, [row["before"], row["after"]], lambda _: Lead.__table__)
    return dict(row)


async def touches_since(tx: Tx, merge: LeadMerge) -> list[Touch]:
    """Touches that were logged on the survivor since the merge, newest first."""
    statement = (
        select(Touch)
        .where(Touch.lead_id == merge.survivor_id, Touch.create_time > merge.create_time)
        .order_by(Touch.occur_time.desc(), Touch.id.desc())
        .limit(MOST_CONFLICTS)
    )
    return list((await tx.session.execute(statement, execution_options=_SAME_PARTY)).scalars())


async def give_touch(tx: Tx, merge: LeadMerge, touch_id: UUID, lead_id: UUID) -> bool:
    """A touch logged since the merge goes to a lead that comes back; False when there is no such touch."""
    table: Any = Touch.__table__
    mine = and_(table.c.id == touch_id, table.c.lead_id == merge.survivor_id, table.c.create_time > merge.create_time)
    return bool(await _move(tx, table, mine, {"lead_id": lead_id}))


async def forget_image(tx: Tx, merge_id: UUID) -> None:
    """The time to take the merge back is over."""
    for table in (lead_merge_image, lead_merge_child):
        await tx.session.execute(delete(table).where(table.c.lead_merge_id == merge_id))


async def tombstone(call: Call, lead_id: UUID) -> Any | None:
    """The lead a merged one went into, and what little a tombstone says, if the caller saw the merged one before."""
    columns = Lead.__table__.c
    shown = (columns.id, columns.number, columns.merged_into_id, columns.version, columns.unit_path)
    wanted = select(*shown, columns.create_time, columns.update_time).where(
        columns.id == lead_id, columns.state == State.MERGED, visible(call, Lead, deleted=True)
    )
    async with call.db.connect() as connection:
        return (await connection.execute(wanted, execution_options=scoped(call))).one_or_none()


def _key(table: Any) -> ColumnElement[str]:
    if "id" in table.c:
        return cast(table.c.id, Text)
    return table.c.unit_path + "|" + table.c.key  # type: ignore[no-any-return]


async def _move(tx: Tx, table: Any, mine: ColumnElement[bool], values: dict[str, Any]) -> int:
    if "version" in table.c:
        values = {**values, "version": table.c.version + 1, "update_time": tx.now}
    statement = update(table).where(mine).values(values)
    moved: Any = await tx.session.execute(statement, execution_options={**_SAME_PARTY, "synchronize_session": False})
    return int(moved.rowcount)

"""Raise members: who met a campaign is its member and came at least this far; a status never goes back by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.marketing.v1 import marketing_events_pb2 as events
from sqlalchemy import ARRAY, Table, Text, case, func, literal, or_, text
from sqlalchemy.dialects.postgresql import insert

from crm_kit.access import unscoped
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx
from crm_marketing import mappings
from crm_marketing.domain.campaign_member import RESPONSES, CampaignMember, Status
from crm_marketing.domain.person import Person

BY_RULE = unscoped("what a person did counts in the campaign, whoever works there")


@dataclass(frozen=True, slots=True)
class Reached:
    """A person met a campaign and so came at least this far."""

    campaign_id: UUID
    person: Person
    status: Status
    time: datetime
    unit_path: str


async def raise_members(tx: Tx, met: Iterable[Reached]) -> None:
    """Make or raise the members, set-based, and announce those that changed."""
    members = _folded(tx, met)
    if not members:
        return
    table: Table = CampaignMember.__table__  # type: ignore[assignment]
    wanted = insert(table)
    given = wanted.excluded
    order = literal([str(status) for status in Status], ARRAY(Text))
    higher = func.array_position(order, given.status) > func.array_position(order, table.c.status)
    earlier = given.first_responded_time < func.coalesce(table.c.first_responded_time, text("'infinity'"))
    statement = wanted.on_conflict_do_update(
        index_elements=["campaign_id", "person_key"],
        index_where=text("delete_time IS NULL"),
        set_={
            "status": case((higher, given.status), else_=table.c.status),
            "responded": or_(table.c.responded, given.responded),
            "first_responded_time": func.least(table.c.first_responded_time, given.first_responded_time),
            "lead_id": func.least(table.c.lead_id, given.lead_id),
            "version": table.c.version + 1,
            "event_seq": table.c.event_seq + 1,
            "update_time": given.update_time,
        },
        where=or_(higher, earlier),
    )
    rows = (await tx.session.execute(statement.returning(*table.c), members, execution_options=BY_RULE)).all()
    _, write = mappings.campaign_member.page(())
    facts = [
        BatchItem(row.id, row.event_seq, events.CampaignMemberChanged(campaign_member=write(row)), row.unit_path)
        for row in rows
    ]
    if facts:
        await tx.publish_many("campaign_member", facts)


def _folded(tx: Tx, met: Iterable[Reached]) -> list[dict[str, Any]]:
    """One row per campaign and person, as a statement may not meet the same row twice; in the order of the index."""
    made: dict[tuple[UUID, str], CampaignMember] = {}
    for one in met:
        responded = one.status in RESPONSES
        member = CampaignMember(
            id=tx.new_id(),
            event_seq=1,
            unit_path=one.unit_path,
            campaign_id=one.campaign_id,
            person_key=one.person.key,
            lead_id=one.person.lead_id,
            contact_id=one.person.contact_id,
            customer_id=one.person.customer_id,
            status=one.status,
            responded=responded,
            first_responded_time=one.time if responded else None,
            create_time=tx.now,
            update_time=tx.now,
        )
        made.setdefault((one.campaign_id, one.person.key), member).absorb(member)
    columns = [column.name for column in CampaignMember.__table__.c]
    return [
        {name: getattr(member, name) for name in columns} | {"version": 1}
        for _, member in sorted(made.items(), key=lambda item: (str(item[0][0]), item[0][1]))
    ]

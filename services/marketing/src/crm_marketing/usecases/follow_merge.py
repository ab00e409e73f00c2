"""Follow merge: what marketing keeps of a merged lead is the survivor's, and finds back when the merge is taken back."""

from collections.abc import Sequence
from uuid import UUID

from crm.marketing.v1 import marketing_events_pb2 as events
from sqlalchemy import ColumnElement, delete, insert, select, update

from crm_kit.access import unscoped
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx
from crm_marketing import queries
from crm_marketing.domain.campaign_member import CampaignMember
from crm_marketing.domain.person import Person, merged_lead
from crm_marketing.domain.touchpoint import Touchpoint

SAME_PERSON = unscoped("who a lead was merged into is true for all that is known of it")


async def follow_merge(tx: Tx, merge_id: UUID, lead_id: UUID, survivor: Person, unit_path: str) -> None:
    """Touchpoints and memberships of the merged lead, each noted; a membership joins the one the survivor has."""
    await queries.hold_leads(tx, [one for one in (lead_id, survivor.lead_id) if one is not None])
    touchpoints = await _move_touchpoints(tx, Touchpoint.lead_id == lead_id, survivor)
    members = await _move_members(tx, lead_id, survivor)
    row = {"id": tx.new_id(), "lead_merge_id": merge_id, "lead_id": lead_id}
    statuses = {str(one.id): before for one, before in members}
    await tx.session.execute(insert(merged_lead).values(**row, touchpoint_ids=touchpoints, members=statuses))
    told = events.MergedLeadFollowed(
        lead_merge_id=str(merge_id),
        lead_id=str(lead_id),
        touchpoint_count=len(touchpoints),
        member_count=len(members),
    )
    await tx.publish_many("merged_lead", [BatchItem(row["id"], 1, told, unit_path)])


async def follow_unmerge(tx: Tx, merge_id: UUID, lead_id: UUID, unit_path: str) -> None:
    """All that followed returns as it is now; what has changed since is counted."""
    mine = (merged_lead.c.lead_merge_id == merge_id) & (merged_lead.c.lead_id == lead_id)
    row = (await tx.session.execute(select(merged_lead).where(mine))).one()
    await queries.hold_leads(tx, [lead_id])
    touchpoints = await _move_touchpoints(tx, Touchpoint.id.in_(row.touchpoint_ids), Person(lead_id))
    members = await queries.members_by_id(tx, [UUID(id) for id in row.members])
    changed = sum(member.status != row.members[str(member.id)] for member in members)
    for member in members:
        member.give_to(Person(lead_id))
        tx.publish(member, events.CampaignMemberChanged())
    await tx.session.execute(delete(merged_lead).where(mine))
    told = events.MergedLeadFollowed(
        lead_merge_id=str(merge_id),
        lead_id=str(lead_id),
        unmerged=True,
        touchpoint_count=len(touchpoints),
        member_count=len(members),
        changed_member_count=changed,
    )
    await tx.publish_many("merged_lead", [BatchItem(row.id, 2, told, unit_path)])


async def _move_touchpoints(tx: Tx, which: ColumnElement[bool], person: Person) -> Sequence[UUID]:
    statement = (
        update(Touchpoint)
        .where(which)
        .values(
            lead_id=person.lead_id,
            contact_id=person.contact_id,
            customer_id=person.customer_id,
            version=Touchpoint.version + 1,
            update_time=tx.now,
        )
        .returning(Touchpoint.id)
    )
    options = {**SAME_PERSON, "synchronize_session": False}
    return list((await tx.session.execute(statement, execution_options=options)).scalars())


async def _move_members(tx: Tx, lead_id: UUID, survivor: Person) -> list[tuple[CampaignMember, str]]:
    """The memberships that moved, with the status each had."""
    mine = Person(lead_id).key
    found = await queries.members_of(tx, [mine, survivor.key])
    held = {one.campaign_id: one for one in found if one.person_key == survivor.key}
    moved = []
    for member in found:
        if member.person_key != mine:
            continue
        moved.append((member, member.status))
        holder = held.get(member.campaign_id)
        if holder is None:
            member.give_to(survivor)
            tx.publish(member, events.CampaignMemberChanged())
            continue
        member.delete_time = tx.now
        tx.publish(member, events.CampaignMemberChanged(joined_to_id=str(holder.id)))
        if holder.absorb(member):
            tx.publish(holder, events.CampaignMemberChanged())
    return moved

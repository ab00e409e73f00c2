"""Re-key: a lead became a contact, and what it did and was here becomes the contact's; the lead's id is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from crm.marketing.v1 import marketing_events_pb2 as events
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from crm_kit.access import unscoped
from crm_kit.tx import Tx
from crm_marketing import queries
from crm_marketing.domain.campaign_member import CampaignMember
from crm_marketing.domain.person import Person, known_conversion
from crm_marketing.domain.touchpoint import Touchpoint

SAME_PERSON = unscoped("who the lead became is true for all that is known of it")


@dataclass(frozen=True, slots=True)
class Became:
    """The customer and, unless it is a person, the contact a lead became."""

    customer_id: UUID
    contact_id: UUID | None

    def of(self, lead_id: UUID | None) -> Person:
        return Person(lead_id, self.contact_id, self.customer_id)


async def rekey_leads(tx: Tx, became: Mapping[UUID, Became]) -> None:
    """Touchpoints and memberships of the converted leads, by what each became."""
    await queries.hold_leads(tx, became)
    facts = [{"lead_id": lead, "customer_id": b.customer_id, "contact_id": b.contact_id} for lead, b in became.items()]
    await tx.session.execute(insert(known_conversion).on_conflict_do_nothing(), facts)
    await _touchpoints(tx, became.keys())
    await _members(tx, became)


async def _touchpoints(tx: Tx, leads: Iterable[UUID]) -> None:
    known = known_conversion.c
    statement = (
        update(Touchpoint)
        .where(Touchpoint.lead_id == known.lead_id, known.lead_id.in_(leads))
        .values(
            customer_id=known.customer_id,
            contact_id=known.contact_id,
            version=Touchpoint.version + 1,
            update_time=tx.now,
        )
    )
    await tx.session.execute(statement, execution_options={**SAME_PERSON, "synchronize_session": False})


async def _members(tx: Tx, became: Mapping[UUID, Became]) -> None:
    """A membership of the lead becomes the contact's, or joins the one the contact has in that campaign already."""
    keys = {Person(lead_id=lead).key for lead in became} | {b.of(None).key for b in became.values()}
    members = await queries.members_of(tx, sorted(keys))
    by_lead = {Person(lead_id=lead).key: b for lead, b in became.items()}
    settled = {(one.campaign_id, one.person_key): one for one in members if one.person_key not in by_lead}
    for member in members:
        identity = by_lead.get(member.person_key)
        if identity is None:
            continue
        member.convert()
        place = (member.campaign_id, identity.of(member.lead_id).key)
        holder = settled.get(place)
        if holder is None:
            member.identify(identity.customer_id, identity.contact_id)
            settled[place] = member
            tx.publish(member, events.CampaignMemberChanged())
        else:
            _join(tx, member, holder)


def _join(tx: Tx, member: CampaignMember, holder: CampaignMember) -> None:
    member.delete_time = tx.now
    tx.publish(member, events.CampaignMemberChanged(joined_to_id=str(holder.id)))
    if holder.absorb(member):
        tx.publish(holder, events.CampaignMemberChanged())

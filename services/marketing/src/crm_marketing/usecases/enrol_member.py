"""Enrol a person in a campaign by hand, and set how far the person came."""

from crm.marketing.v1 import marketing_events_pb2 as events

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx
from crm_marketing import queries
from crm_marketing.domain.campaign_member import CampaignMember, PersonAlreadyMember, Status


async def enrol_member(tx: Tx, member: CampaignMember) -> CampaignMember:
    """A new member. InvalidArgument when nobody is named or the campaign takes no members; PersonAlreadyMember."""
    became = await queries.conversion(tx, member.lead_id)
    if became is not None:
        member.contact_id, member.customer_id = became.contact_id, became.customer_id
    member.person_key = member.person.key
    await _check(tx, member)
    earlier = await queries.member(tx, member.campaign_id, member.person_key)
    if earlier is not None:
        raise PersonAlreadyMember(resource="campaign_member", field="campaign_id", value=earlier.id)
    member.correct(Status(member.status or Status.TARGET), tx.now, by_person=True)
    member.owner_id = tx.principal.user_id
    tx.add(member)
    tx.publish(member, events.CampaignMemberChanged())
    return member


async def set_member_status(tx: Tx, id: str, status: Status, *, etag: str = "") -> CampaignMember:
    """How far the person came, as somebody says."""
    member = await tx.load(CampaignMember, id, etag=etag)
    member.correct(status, tx.now, by_person=tx.principal.kind == "user")
    tx.publish(member, events.CampaignMemberChanged())
    return member


async def _check(tx: Tx, member: CampaignMember) -> None:
    wrong = []
    if not member.person_key:
        wrong.append(Violation("lead_id", "NOBODY", "Name a lead, contact or customer.", "请指定线索、联系人或客户。"))
    if not await queries.may_use(tx, member.campaign_id, open_only=True):
        wrong.append(
            Violation(
                "campaign_id",
                "NOT_FOUND_OR_CLOSED",
                "There is no such campaign, you may not see it, or it is settled or cancelled.",
                "该活动不存在、您无权查看，或已结算、已取消。",
            )
        )
    if wrong:
        raise InvalidArgument(wrong)

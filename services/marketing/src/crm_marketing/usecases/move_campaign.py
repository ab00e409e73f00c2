"""The moves of a campaign's life: each changes the state, announces it, and nothing else."""

from crm.marketing.v1 import campaign_pb2
from crm.marketing.v1 import marketing_events_pb2 as events

from crm_kit.errors import FailedPrecondition, InvalidArgument
from crm_kit.tx import Tx
from crm_marketing import queries
from crm_marketing.domain.campaign import Campaign, State


class CampaignHasParts(FailedPrecondition):
    """Parts would lose their whole. Facts: id, number."""

    en = "Campaign {number} has parts. Remove or move them first."
    zh = "活动 {number} 有下级活动，请先删除或移走下级活动。"


async def plan_campaign(tx: Tx, id: str, *, etag: str = "") -> Campaign:
    campaign = await tx.load(Campaign, id, etag=etag)
    return _announce(tx, campaign, campaign.plan())


async def start_campaign(tx: Tx, id: str, *, etag: str = "") -> Campaign:
    campaign = await tx.load(Campaign, id, etag=etag)
    return _announce(tx, campaign, campaign.start())


async def pause_campaign(tx: Tx, id: str, reason: str, *, etag: str = "") -> Campaign:
    campaign = await tx.load(Campaign, id, etag=etag)
    return _announce(tx, campaign, campaign.pause(reason.strip()))


async def resume_campaign(tx: Tx, id: str, *, etag: str = "") -> Campaign:
    campaign = await tx.load(Campaign, id, etag=etag)
    return _announce(tx, campaign, campaign.resume())


async def finish_campaign(tx: Tx, id: str, *, etag: str = "") -> Campaign:
    campaign = await tx.load(Campaign, id, etag=etag)
    return _announce(tx, campaign, campaign.finish())


async def settle_campaign(tx: Tx, id: str, *, etag: str = "") -> Campaign:
    campaign = await tx.load(Campaign, id, etag=etag)
    return _announce(tx, campaign, campaign.settle())


async def cancel_campaign(tx: Tx, id: str, reason: str, *, etag: str = "") -> Campaign:
    """Given up, and everybody can read why."""
    if not reason.strip():
        raise InvalidArgument.of("reason", "REQUIRED", "Say why it is cancelled.", "请填写取消原因。")
    campaign = await tx.load(Campaign, id, etag=etag)
    return _announce(tx, campaign, campaign.cancel(reason.strip()))


async def remove_campaign(tx: Tx, id: str, *, etag: str = "") -> Campaign:
    """A draft without costs and parts disappears."""
    await queries.hold_tree(tx)
    campaign = await tx.load(Campaign, id, etag=etag)
    campaign.refuse_removal()
    if await queries.levels_below(tx, campaign.id):
        raise CampaignHasParts(id=campaign.id, number=campaign.number)
    campaign.delete_time = tx.now
    tx.publish(campaign, events.CampaignDeleted())
    return campaign


def _announce(tx: Tx, campaign: Campaign, before: State) -> Campaign:
    previous = campaign_pb2.Campaign.State.Value(before)
    tx.publish(campaign, events.CampaignStateChanged(previous_state=previous))
    return campaign

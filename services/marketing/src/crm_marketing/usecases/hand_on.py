"""A person leaves or changes posts: campaigns that are not over go to a colleague."""

from typing import Any

from crm.marketing.v1 import marketing_events_pb2 as events

from crm_kit.handover import Handover, Transferable
from crm_marketing.domain.campaign import CLOSED, Campaign


def _campaign(_campaign: Any, _handover: Handover) -> events.CampaignUpdated:
    return events.CampaignUpdated()


TRANSFERABLE = (Transferable(Campaign, Campaign.__table__.c.state.not_in(sorted(CLOSED)), _campaign),)

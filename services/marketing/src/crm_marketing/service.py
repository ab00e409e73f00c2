"""Composition root: the one place that knows all parts of the marketing service."""

from crm_kit.following import Following
from crm_kit.service import Parts, Runtime, Service
from crm_marketing import consumers
from crm_marketing.domain.record import Record
from crm_marketing.rpc.campaign_member_service import CampaignMemberService
from crm_marketing.rpc.campaign_service import CampaignService
from crm_marketing.rpc.touchpoint_service import TouchpointService
from crm_marketing.usecases.hand_on import TRANSFERABLE
from crm_marketing.usecases.personal_data import PERSONAL_DATA


def compose(runtime: Runtime) -> Parts:
    """The parts of one process."""
    following = Following(runtime, "marketing", Record.metadata, transferable=TRANSFERABLE)
    return Parts(
        servicers={
            "crm.marketing.v1.CampaignService": CampaignService(),
            "crm.marketing.v1.CampaignMemberService": CampaignMemberService(),
            "crm.marketing.v1.TouchpointService": TouchpointService(),
        },
        consumers=[consumers.touchpoints, consumers.results, following.consumer],
        callers={
            "crm.ops.v1.PersonalDataService": ("customers",),
            "crm.ops.v1.RestrictionService": ("identity",),
        },
        following=following,
        personal_data=PERSONAL_DATA,
    )


service = Service("marketing", "crm_marketing", Record.metadata, compose)

"""Composition root: the one place that knows all parts of the marketing service."""

from crm_kit.service import Parts, Runtime, Service
from crm_marketing import consumers
from crm_marketing.domain.record import Record
from crm_marketing.rpc.campaign_member_service import CampaignMemberService
from crm_marketing.rpc.campaign_service import CampaignService
from crm_marketing.rpc.touchpoint_service import TouchpointService


def compose(runtime: Runtime) -> Parts:  # noqa: ARG001 - it calls nobody and has no settings of its own
    """The parts of one process."""
    return Parts(
        servicers={
            "crm.marketing.v1.CampaignService": CampaignService(),
            "crm.marketing.v1.CampaignMemberService": CampaignMemberService(),
            "crm.marketing.v1.TouchpointService": TouchpointService(),
        },
        consumers=[consumers.touchpoints, consumers.results],
    )


service = Service("marketing", "crm_marketing", Record.metadata, compose)

"""The story of a campaign and its leads, from the first touch to the customer."""

from typing import Any

from .load import a_lead
from .telling import Telling, in_days


def marketing(tell: Telling) -> Any:
    lines = [{"category": "booth", "planned": "1000", "committed": "800"}]
    facts = {"currency": "CNY", "start_date": in_days(-5), "end_date": in_days(20), "budget_lines": lines}
    campaign = tell.do("CreateCampaign", campaign={"name": f"{tell.tag} 展会", **facts})
    campaign = tell.change("campaign", campaign, place="上海")
    campaign = tell.move(campaign, "PlanCampaign", "StartCampaign", "PauseCampaign", "ResumeCampaign")
    amount = {"amount": "200", "currency": "CNY"}
    cost = {"category": "booth", "amount": amount, "external_reference": f"inv-{tell.tag}"}
    tell.do("RecordCost", id=campaign["id"], **cost)
    for name, verb, reason in (("取消", "CancelCampaign", {"reason": "no hall"}), ("删除", "DeleteCampaign", {})):
        other = tell.do("CreateCampaign", campaign={"name": f"{tell.tag} {name}", **facts})
        tell.do(verb, id=other["id"], **reason)
    return campaign


def leads(tell: Telling, campaign: Any) -> None:
    pool = tell.do("CreatePool", pool={"name": tell.tag, "unit_path": "/elsewhere/", "daily_claim_limit": 50})
    pool = tell.change("pool", pool, holding_limit=500)
    tell.do("DeletePool", id=pool["id"])
    facts = {"name": tell.tag, "method": "POOL", "target_unit_path": "/hq/", "disabled": True}
    rule = tell.do("CreateDistributionRule", distribution_rule=facts)
    rule = tell.change("distribution_rule", rule, position=7)
    tell.do("DeleteDistributionRule", id=rule["id"])
    asked = [{"field": name, "required": True} for name in ("name", "email")]
    words = {"title_zh": "联系我们", "consent_zh": "同意联系", "fields": asked}
    form = tell.do("CreateWebForm", web_form={"name": tell.tag, "campaign_id": campaign["id"], **words})
    form = tell.change("web_form", form, title_zh="预约演示")
    tell.move(form, "PublishWebForm", "CloseWebForm")
    tell.do("DeleteWebForm", id=form["id"])
    one = {**a_lead(f"{tell.tag} one"), "campaign_id": campaign["id"]}
    lead = tell.do("CreateLead", lead=one)
    tell.do("CreateLead", lead={**one, "external_id": f"{tell.tag} again"})
    tell.do("CreateLead", lead={**one, "need": "something else", "product_line": "pumps"})
    tell.do("AssignLead", id=lead["id"], owner_id=tell.me)
    tell.do("ReleaseLead", id=lead["id"], reason="too far away")
    tell.do("AssignLead", id=lead["id"], owner_id=tell.me)
    lead = tell.do("GetLead", id=lead["id"])
    lead = tell.change("lead", lead, job_title="总经理")
    for direction in ("outbound", "inbound"):
        said = {"kind": "call", "direction": direction, "outcome": "interested", "duration_seconds": 90}
        tell.do("CreateTouch", touch={"lead_id": lead["id"], **said})
    tell.do("DisqualifyLead", id=lead["id"], reason="no_budget", note="next year")
    tell.do("ReopenLead", id=lead["id"])
    tell.do("AssignLead", id=lead["id"], owner_id=tell.me)
    # Leads nobody held before: pools of the house may make a previous owner wait.
    more = [tell.do("CreateLead", lead=a_lead(f"{tell.tag} {number}")) for number in ("two", "three")]
    for one in more:
        if one["state"] != "POOLED":
            # A rule of the house gave it to somebody.
            tell.do("ReleaseLead", id=one["id"], reason="for the pool")
    tell.do("ClaimLead", id=more[0]["id"])
    tell.do("ClaimLeads", ids=[more[1]["id"]], best_effort=True)
    twins = [tell.do("CreateLead", lead=a_lead(f"{tell.tag} {number}")) for number in ("four", "five")]
    which = {"leads": [{"id": one["id"]} for one in twins], "survivor_id": twins[0]["id"]}
    tell.do("PreviewMergeLeads", **which)
    merge = tell.do("MergeLeads", **which)
    tell.do("UnmergeLeads", id=merge["id"])
    tell.do("QualifyLead", id=lead["id"])
    tell.do("ConvertLead", id=lead["id"], expected_amount="120000", currency="CNY", duplicate_reason="test")


def campaign_ends(tell: Telling, campaign: Any) -> None:
    someone = {"campaign_id": campaign["id"], "contact_id": f"01900000-0000-7000-8000-{tell.number:012x}"}
    tell.do("CreateTouchpoint", touchpoint={**someone, "kind": "click"})
    other = {**someone, "contact_id": f"01900000-0000-7000-8001-{tell.number:012x}"}
    member = tell.do("CreateCampaignMember", campaign_member=other)
    tell.do("SetCampaignMemberStatus", id=member["id"], status="SENT")
    tell.move(campaign, "FinishCampaign", "SettleCampaign")

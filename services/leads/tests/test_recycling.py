"""Leads nobody follows up return to their pool, exactly when they are due; distribution hands leads to people."""

import pytest
from crm.leads.v1 import distribution_rule_service_pb2 as rule_pb
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1 import leads_events_pb2 as events
from crm.leads.v1 import pool_service_pb2 as pool_pb
from crm.leads.v1 import touch_service_pb2 as touch_pb
from crm.leads.v1.distribution_rule_pb2 import DistributionRule
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.pool_pb2 import Pool
from crm.leads.v1.touch_pb2 import Touch
from sqlalchemy import text

from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_kit.timers import Timers
from crm_leads.jobs import timers

LEADS = "crm.leads.v1.LeadService"


async def claimed(leads: RunningService, rep: Principal, **rules: int) -> Lead:
    pool = pool_pb.CreatePoolRequest(pool=Pool(name="Pool", is_default=True, **rules))
    await leads.call("crm.leads.v1.PoolService/CreatePool", pool, somebody())
    made = pb.CreateLeadRequest(lead=Lead(name="李娜", phone="13900139000"))
    lead = await leads.call(f"{LEADS}/CreateLead", made, somebody())
    return await leads.call(f"{LEADS}/ClaimLead", pb.ClaimLeadRequest(id=lead.id), rep)


async def get(leads: RunningService, lead: Lead) -> Lead:
    return await leads.call(f"{LEADS}/GetLead", pb.GetLeadRequest(id=lead.id), somebody())


async def pass_time(leads: RunningService, days: float) -> None:
    """Everything that has happened is so many days older; then the timers fire."""
    shift = f"- interval '{int(days * 86400)} seconds'"
    async with leads.db.connect() as connection:
        for table, columns in {
            "lead": ("own_time", "recycle_due_time", "last_touch_time", "protect_until_time", "create_time"),
            "timer": ("due_time",),
            "ownership": ("start_time", "end_time"),
            "submission": ("receive_time",),
        }.items():
            moved = ", ".join(f"{column} = {column} {shift}" for column in columns)
            await connection.execute(text(f"UPDATE {table} SET {moved}"))
    clock: Timers = timers(leads.db)
    while await clock.fire_due():
        pass


async def test_a_lead_nobody_touches_returns_to_its_pool(leads: RunningService) -> None:
    lead = await claimed(leads, somebody(), recycle_days=7)
    await pass_time(leads, 6.9)
    assert (await get(leads, lead)).state == Lead.ASSIGNED
    await pass_time(leads, 0.2)
    back = await get(leads, lead)
    assert (back.state, back.owner_id, back.recycle_count) == (Lead.POOLED, "", 1)
    [recycled] = await leads.announced(events.LeadRecycled)
    assert recycled.message.previous_owner_id == lead.owner_id


async def test_a_touch_keeps_the_lead(leads: RunningService) -> None:
    rep = somebody()
    lead = await claimed(leads, rep, recycle_days=7)
    await pass_time(leads, 6)
    touch = touch_pb.CreateTouchRequest(touch=Touch(lead_id=lead.id, kind="visit", direction="outbound"))
    await leads.call("crm.leads.v1.TouchService/CreateTouch", touch, rep)
    await pass_time(leads, 6)
    assert (await get(leads, lead)).state == Lead.WORKING


async def test_a_previous_owner_must_wait_even_if_others_held_the_lead_since(leads: RunningService) -> None:
    first, second = somebody(), somebody()
    lead = await claimed(leads, first, cooldown_days=7)
    await leads.call(f"{LEADS}/ReleaseLead", pb.ReleaseLeadRequest(id=lead.id), first)
    await pass_time(leads, 1)
    await leads.call(f"{LEADS}/ClaimLead", pb.ClaimLeadRequest(id=lead.id), second)
    await leads.call(f"{LEADS}/ReleaseLead", pb.ReleaseLeadRequest(id=lead.id), second)
    await pass_time(leads, 5)
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{LEADS}/ClaimLead", pb.ClaimLeadRequest(id=lead.id), first)
    assert refused.value.reason == "COOLING_DOWN"
    await pass_time(leads, 1.1)
    await leads.call(f"{LEADS}/ClaimLead", pb.ClaimLeadRequest(id=lead.id), first)


async def test_a_stale_lead_is_overwritten_and_what_was_opted_out_of_stays_so(leads: RunningService) -> None:
    who = somebody()
    facts = {"name": "李娜", "phone": "13900139000", "product_line": "pumps"}
    old = await leads.call(f"{LEADS}/CreateLead", pb.CreateLeadRequest(lead=Lead(opt_outs=["sms"], **facts)), who)
    await pass_time(leads, 61)
    new = await leads.call(f"{LEADS}/CreateLead", pb.CreateLeadRequest(lead=Lead(external_id="2", **facts)), who)
    assert new.id != old.id
    assert (new.overwrites_id, list(new.opt_outs), new.intent_count) == (old.id, ["sms"], 2)
    closed = await get(leads, old)
    assert (closed.state, closed.overwritten_by_id) == (Lead.OVERWRITTEN, new.id)


async def test_a_rule_hands_leads_to_its_members_in_turn_and_the_rest_falls_into_the_pool(
    leads: RunningService,
) -> None:
    boss, members = somebody(), [somebody(), somebody()]
    rule = DistributionRule(
        name="East",
        filter='province = "上海"',
        method=DistributionRule.ROUND_ROBIN,
        target_unit_path="/hq/east/",
        member_ids=[member.subject for member in members],
    )
    request = rule_pb.CreateDistributionRuleRequest(distribution_rule=rule)
    await leads.call("crm.leads.v1.DistributionRuleService/CreateDistributionRule", request, boss)
    owners = []
    for number, province in enumerate(["上海", "上海", "北京", "上海"]):
        lead = Lead(name=f"Person {number}", phone=f"1380013800{number}", province=province)
        made = await leads.call(f"{LEADS}/CreateLead", pb.CreateLeadRequest(lead=lead), boss)
        owners.append(made.owner_id)
    assert owners == [members[0].subject, members[1].subject, "", members[0].subject]


async def test_a_rule_with_a_condition_nobody_understands_is_refused(leads: RunningService) -> None:
    rule = DistributionRule(name="Bad", filter="provinze = 1", method=DistributionRule.POOL, target_unit_path="/hq/")
    request = rule_pb.CreateDistributionRuleRequest(distribution_rule=rule)
    with pytest.raises(RemoteError) as refused:
        await leads.call("crm.leads.v1.DistributionRuleService/CreateDistributionRule", request, somebody())
    assert "provinze" in str(refused.value)

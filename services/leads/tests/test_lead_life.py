"""A lead from capture to its end, through the RPCs."""

import asyncio
from itertools import islice, product
from typing import Any

import pytest
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1 import leads_events_pb2 as events
from crm.leads.v1 import pool_service_pb2 as pool_pb
from crm.leads.v1 import touch_service_pb2 as touch_pb
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.pool_pb2 import Pool
from crm.leads.v1.touch_pb2 import Touch

from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.sealed_text import is_sealed
from crm_kit.testing.service import RunningService, somebody
from crm_leads.queries.matching import NEAREST

LEADS = "crm.leads.v1.LeadService"


async def capture(leads: RunningService, who: Principal, **facts: Any) -> Lead:
    facts = {"name": "王小明", "company": "上海云帆科技有限公司", "phone": "13800138000", **facts}
    return await leads.call(f"{LEADS}/CreateLead", pb.CreateLeadRequest(lead=Lead(**facts)), who)


async def a_pool(leads: RunningService, who: Principal, **rules: Any) -> Pool:
    request = pool_pb.CreatePoolRequest(pool=Pool(name="Pool", is_default=True, **rules))
    return await leads.call("crm.leads.v1.PoolService/CreatePool", request, who)


async def claim(leads: RunningService, who: Principal, lead: Lead) -> Lead:
    return await leads.call(f"{LEADS}/ClaimLead", pb.ClaimLeadRequest(id=lead.id), who)


async def test_a_captured_lead_is_normalised_scored_and_pooled(leads: RunningService) -> None:
    who = somebody()
    pool = await a_pool(leads, who)
    lead = await capture(leads, who, email=" Ming@Example.com.CN ")
    assert lead.state == Lead.POOLED
    assert lead.phone == "+8613800138000"
    assert lead.pool_id == pool.id
    assert lead.score > 0
    assert lead.number.startswith("LD-")
    [captured] = await leads.announced(events.LeadCaptured)
    assert is_sealed(captured.message.lead.phone)
    assert is_sealed(captured.message.lead.email)
    for told in (captured.message.lead, lead):
        told.ClearField("phone")
        told.ClearField("email")
    assert captured.message.lead == lead


async def test_a_repeat_within_the_quiet_window_is_counted_on_the_first_lead(leads: RunningService) -> None:
    who = somebody()
    first = await capture(leads, who)
    again = await capture(leads, who, need="Price list", external_id="x1")
    assert again.id == first.id
    assert again.intent_count == 2


async def test_another_interest_of_the_same_person_joins_the_lead(leads: RunningService) -> None:
    who = somebody()
    first = await capture(leads, who, product_line="pumps")
    second = await capture(leads, who, product_line="valves", email="ming@yunfan-tech.cn")
    assert second.id == first.id
    assert [intent.product_line for intent in second.intents] == ["pumps", "valves"]
    assert second.email == "ming@yunfan-tech.cn"
    decisions = await leads.call(f"{LEADS}/ListLeadDecisions", pb.ListLeadDecisionsRequest(lead_id=first.id), who)
    assert [decision.outcome for decision in decisions.decisions] == ["merge", "create"]


async def test_a_person_is_recognised_among_more_namesakes_than_are_compared(leads: RunningService) -> None:
    who = somebody()
    namesakes = [
        await capture(leads, who, name="Anna Kowalska", company=f"{word} Ltd", phone=f"+4479460000{number:02d}")
        for number, word in enumerate(map("".join, islice(product("bdfg", "aeio", "klmn", ["ora"]), NEAREST + 8)))
    ]
    assert len({one.id for one in namesakes}) == NEAREST + 8
    again = await capture(leads, who, name="Anna Kowalska", company="", phone="+447946000000", external_id="x1")
    assert again.id == namesakes[0].id, "the oldest of them has the phone"


async def test_a_claimed_lead_cannot_be_claimed_again(leads: RunningService) -> None:
    await a_pool(leads, somebody())
    lead = await capture(leads, somebody())
    claimed = await claim(leads, somebody(), lead)
    assert claimed.state == Lead.ASSIGNED
    with pytest.raises(RemoteError) as refused:
        await claim(leads, somebody(), lead)
    assert refused.value.reason == "LEAD_ALREADY_CLAIMED"


async def test_fifty_leads_and_two_hundred_claimers_make_fifty_owners(leads: RunningService) -> None:
    boss = somebody()
    await a_pool(leads, boss, daily_claim_limit=5)
    people = [somebody() for _ in range(20)]
    made = [await capture(leads, boss, name=f"Person {n}", company="", phone=f"1380013{8000 + n}") for n in range(50)]

    async def attempt(n: int) -> str:
        try:
            return (await claim(leads, people[n % 20], made[n % 50])).owner_id
        except RemoteError:
            return ""

    owners = [owner for owner in await asyncio.gather(*(attempt(n) for n in range(200))) if owner]
    assert len(owners) == 50
    assert max(owners.count(owner) for owner in owners) <= 5


async def test_releasing_does_not_give_a_claim_back(leads: RunningService) -> None:
    boss, rep = somebody(), somebody()
    await a_pool(leads, boss, daily_claim_limit=5)
    made = [await capture(leads, boss, name=f"Person {n}", company="", phone=f"1390013{8000 + n}") for n in range(6)]
    for lead in made[:5]:
        await claim(leads, rep, lead)
        await leads.call(f"{LEADS}/ReleaseLead", pb.ReleaseLeadRequest(id=lead.id), rep)
    with pytest.raises(RemoteError) as refused:
        await claim(leads, rep, made[5])
    assert refused.value.reason == "DAILY_CLAIM_LIMIT_REACHED"


async def test_the_first_outbound_touch_starts_the_work_and_moves_the_recycling_date(leads: RunningService) -> None:
    boss, rep = somebody(), somebody()
    await a_pool(leads, boss, recycle_days=7)
    lead = await claim(leads, rep, await capture(leads, boss))
    request = touch_pb.CreateTouchRequest(
        touch=Touch(lead_id=lead.id, kind="call", direction="outbound", outcome="interested")
    )
    await leads.call("crm.leads.v1.TouchService/CreateTouch", request, rep)
    worked = await leads.call(f"{LEADS}/GetLead", pb.GetLeadRequest(id=lead.id), rep)
    assert worked.state == Lead.WORKING
    assert worked.recycle_due_time.ToNanoseconds() > lead.recycle_due_time.ToNanoseconds()


async def test_a_lead_of_another_unit_looks_absent(leads: RunningService) -> None:
    lead = await capture(leads, somebody(unit_path="/hq/east/"))
    stranger = somebody(unit_path="/hq/west/", scope=Scope.SUBTREE)
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{LEADS}/GetLead", pb.GetLeadRequest(id=lead.id), stranger)
    assert refused.value.reason == "NOT_FOUND"
    page = await leads.call(f"{LEADS}/ListLeads", pb.ListLeadsRequest(count=1), stranger)
    assert page.total_size == 0
    assert not page.leads


async def test_a_stale_etag_is_refused_and_nothing_is_lost(leads: RunningService) -> None:
    who = somebody()
    lead = await capture(leads, who)
    change = Lead(id=lead.id, etag=lead.etag, city="上海")
    request = pb.UpdateLeadRequest(lead=change, update_mask={"paths": ["city"]})
    await leads.call(f"{LEADS}/UpdateLead", request, who)
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{LEADS}/UpdateLead", request, who)
    assert refused.value.reason == "STALE_ETAG"


async def test_the_same_idempotency_key_makes_one_lead(leads: RunningService) -> None:
    who = somebody()
    request = pb.CreateLeadRequest(lead=Lead(name="Ada", phone="+442079460000"))
    made = await asyncio.gather(
        *(leads.call(f"{LEADS}/CreateLead", request, who, idempotency_key="k1") for _ in range(5))
    )
    assert len({lead.id for lead in made}) == 1
    assert len(await leads.announced(events.LeadCaptured)) == 1


async def test_a_lead_nobody_can_reach_is_refused_with_the_fields(leads: RunningService) -> None:
    with pytest.raises(RemoteError) as refused:
        await capture(leads, somebody(language="zh-CN"), phone="123", email="not an address")
    assert refused.value.reason == "INVALID_ARGUMENT"


async def test_a_manager_hands_a_lead_from_one_person_to_another(leads: RunningService) -> None:
    boss, first, second = somebody(), somebody(), somebody()
    await a_pool(leads, boss, cooldown_days=7)
    lead = await claim(leads, first, await capture(leads, boss))
    request = pb.AssignLeadRequest(id=lead.id, owner_id=second.subject, reason="absence")
    handed = await leads.call(f"{LEADS}/AssignLead", request, boss)
    assert (handed.owner_id, handed.state) == (second.subject, Lead.ASSIGNED)
    [assigned] = await leads.announced(events.LeadAssigned)
    assert assigned.message.reason == "absence"
    await leads.call(f"{LEADS}/ReleaseLead", pb.ReleaseLeadRequest(id=lead.id), boss)
    with pytest.raises(RemoteError) as refused:
        await claim(leads, first, lead)
    assert refused.value.reason == "COOLING_DOWN"

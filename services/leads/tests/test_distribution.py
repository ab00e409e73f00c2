"""Distribution from headquarters to subsidiary to dealer: by rules, by hand, with the dealer's yes or no (L20, L22, L25)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from crm.leads.v1 import distribution_rule_service_pb2 as rule_pb
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1 import leads_events_pb2 as events
from crm.leads.v1.distribution_rule_pb2 import DistributionRule
from crm.leads.v1.lead_pb2 import Lead
from sqlalchemy import text

from crm_kit.access import unscoped
from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

from . import house
from .house import EAST, HERE, HQ, SOUTH, THERE, person

MEMBERS = [f"00000000-0000-7000-8000-{number:012x}" for number in (1, 2, 3)]
WHOLE = unscoped("stands for somebody who is being served")


@pytest_asyncio.fixture
async def units(leads: RunningService) -> AsyncIterator[RunningService]:
    await house.build(leads)
    for path in (HQ, HERE, THERE):
        await house.a_pool(leads, path)
    yield leads


async def rule(leads: RunningService, unit_path: str, target: str, **facts: Any) -> DistributionRule:
    made = DistributionRule(
        name=f"to {target}", unit_path=unit_path, target_unit_path=target, **{"method": DistributionRule.POOL, **facts}
    )
    request = rule_pb.CreateDistributionRuleRequest(distribution_rule=made)
    return await leads.call("crm.leads.v1.DistributionRuleService/CreateDistributionRule", request, somebody())


async def accept(leads: RunningService, who: Principal, lead: Lead) -> Lead:
    return await leads.call(f"{house.LEADS}/AcceptLead", pb.AcceptLeadRequest(id=lead.id), who)


async def refuse(leads: RunningService, who: Principal, lead: Lead) -> None:
    await leads.call(f"{house.LEADS}/RefuseLead", pb.RefuseLeadRequest(id=lead.id, reason="too far"), who)


async def distribute(leads: RunningService, who: Principal, lead: Lead, unit_path: str, **facts: Any) -> Lead:
    request = pb.DistributeLeadRequest(id=lead.id, unit_path=unit_path, **facts)
    return await leads.call(f"{house.LEADS}/DistributeLead", request, who)


async def test_a_lead_of_headquarters_goes_by_its_rule_to_the_region_and_by_the_regions_to_the_dealer(
    units: RunningService,
) -> None:
    await rule(units, HQ, EAST)
    await rule(units, EAST, HERE)
    lead = await house.capture(units, person(HQ))
    assert (lead.unit_path, lead.state) == (HERE, Lead.POOLED)
    why = (await house.explained(units, person(HQ), lead.id))["distribution"]
    assert (why.outcome, why.rule) == (HERE, f"to {EAST}@1 › to {HERE}@1")


async def test_a_dealers_own_lead_stays_with_the_dealer_whatever_rules_others_have(units: RunningService) -> None:
    await rule(units, HQ, THERE)
    await rule(units, THERE, THERE, position=-1)
    lead = await house.capture(units, person(HERE))
    assert (lead.unit_path, lead.state) == (HERE, Lead.POOLED)


async def test_a_department_is_no_organisation_of_its_own(units: RunningService) -> None:
    await rule(units, HQ, HERE)
    assert (await house.capture(units, person("/hq/sales/"))).unit_path == HERE


async def test_a_rule_sends_leads_only_where_its_maker_may(units: RunningService) -> None:
    made = DistributionRule(name="grab", method=DistributionRule.POOL, target_unit_path=THERE)
    request = rule_pb.CreateDistributionRuleRequest(distribution_rule=made)
    with pytest.raises(RemoteError) as refused:
        await units.call("crm.leads.v1.DistributionRuleService/CreateDistributionRule", request, person(HERE))
    assert "target_unit_path" in str(refused.value)


async def test_an_offered_lead_is_the_dealers_once_accepted(units: RunningService) -> None:
    await rule(units, HQ, HERE, accept_hours=8)
    lead = await house.capture(units, person(HQ))
    assert (lead.state, lead.unit_path) == (Lead.OFFERED, HERE)
    with pytest.raises(RemoteError) as refused:
        await house.claim(units, person(HERE), lead)
    assert refused.value.reason == "LEAD_STATE_FORBIDS"
    assert (await accept(units, person(HERE), lead)).state == Lead.POOLED
    await house.pass_time(units, hours=9)
    assert (await house.get(units, person(HERE), lead.id)).unit_path == HERE


async def test_a_refused_lead_goes_to_the_next_target_and_is_gone_for_the_one_who_refused(
    units: RunningService,
) -> None:
    await rule(units, HQ, HERE, accept_hours=8, position=1)
    await rule(units, HQ, THERE, accept_hours=8, position=2)
    lead = await house.capture(units, person(HQ))
    await refuse(units, person(HERE), lead)
    with pytest.raises(RemoteError) as gone:
        await house.get(units, person(HERE), lead.id)
    assert gone.value.reason == "NOT_FOUND"
    now = await house.get(units, person(THERE), lead.id)
    assert (now.state, now.unit_path) == (Lead.OFFERED, THERE)
    [returned] = await units.announced(events.LeadReturned)
    assert (returned.message.reason, returned.message.note) == ("refused", "too far")


async def test_the_next_dealer_does_not_learn_who_refused(units: RunningService) -> None:
    await rule(units, HQ, HERE, accept_hours=8, position=1)
    await rule(units, HQ, THERE, accept_hours=8, position=2)
    lead = await house.capture(units, person(HQ))
    await refuse(units, person(HERE), lead)
    there = person(THERE)
    told = [await house.get(units, there, lead.id), *await house.decisions(units, there, lead.id)]
    told += (await house.explained(units, there, lead.id)).values()
    assert HERE not in str(told)
    assert "too far" not in str(told)
    full = (await house.explained(units, person(HQ), lead.id))["distribution"]
    assert (full.inputs["unit"], full.inputs["note"]) == (HERE, "too far")


async def test_an_offer_nobody_answers_goes_on_and_after_three_a_person_decides(units: RunningService) -> None:
    for position, target in enumerate((HERE, THERE, SOUTH, EAST)):
        await rule(units, HQ, target, accept_hours=8, position=position)
    lead = await house.capture(units, person(HQ))
    for target in (THERE, SOUTH):
        await house.pass_time(units, hours=8.1)
        assert (await house.get(units, person(HQ), lead.id)).unit_path == target
    await house.pass_time(units, hours=8.1)
    waiting = await house.get(units, person(HQ), lead.id)
    assert (waiting.state, waiting.unit_path) == (Lead.UNPLACED, HQ)
    [queued] = (await house.listed(units, person(HQ), filter="state = UNPLACED")).leads
    assert queued.id == lead.id
    given = await distribute(units, person(HQ), lead, EAST, reason="they asked for it")
    assert (given.state, given.unit_path) == (Lead.POOLED, EAST)
    why = (await house.explained(units, person(HQ), lead.id))["distribution"]
    assert why.outcome == EAST


async def test_when_no_target_is_left_a_person_decides_at_once(units: RunningService) -> None:
    await rule(units, HQ, HERE, accept_hours=8)
    lead = await house.capture(units, person(HQ))
    await refuse(units, person(HERE), lead)
    assert (await house.get(units, person(HQ), lead.id)).state == Lead.UNPLACED


async def test_a_person_hands_a_lead_down_and_the_ledger_ends_the_holding(units: RunningService) -> None:
    boss = person(HQ)
    lead = await house.claim(units, boss, await house.capture(units, boss))
    offered = await distribute(units, boss, lead, HERE, accept_hours=4)
    assert (offered.state, offered.owner_id, offered.unit_path) == (Lead.OFFERED, "", HERE)
    assert (await accept(units, person(HERE), lead)).state == Lead.POOLED


@pytest.mark.parametrize("unit_path", [THERE, HQ, "/hq/east/lake", ""])
async def test_a_lead_is_handed_down_only(units: RunningService, unit_path: str) -> None:
    lead = await house.capture(units, person(HERE))
    with pytest.raises(RemoteError) as refused:
        await distribute(units, person(HERE), lead, unit_path)
    assert refused.value.reason == "INVALID_ARGUMENT"


async def test_everything_automatic_about_a_lead_is_explained_in_one_call(units: RunningService) -> None:
    await rule(units, HQ, HERE)
    lead = await house.capture(units, person(HQ))
    why = await house.explained(units, person(HQ), lead.id)
    assert {kind: (one.outcome, bool(one.rule)) for kind, one in why.items()} == {
        "submission": ("create", True),
        "distribution": (HERE, True),
        "score": (f"{lead.score} {lead.grade}", True),
    }
    assert why["distribution"].runner_up == "own_pool"
    assert why["score"].inputs["points"]


async def test_only_a_lead_that_a_rule_may_hand_to_members_waits_for_whoever_is_being_served(
    units: RunningService,
) -> None:
    await rule(units, HQ, HERE, filter='channel = "web"', position=1)
    turns = await rule(units, HQ, HERE, method=DistributionRule.ROUND_ROBIN, member_ids=[MEMBERS[0]], position=2)
    serving = text("SELECT id FROM distribution_rule WHERE id = :id FOR UPDATE").execution_options(**WHOLE)
    async with units.db.session() as session:
        await session.execute(serving, {"id": turns.id})
        lead = await house.capture(units, person(HQ), channel="web")
        waiting = asyncio.create_task(house.capture(units, person(HQ), phone="+442079460009", name="Ada"))
        await asyncio.sleep(0.5)
        assert not waiting.done()
    assert (lead.state, lead.unit_path) == (Lead.POOLED, HERE)
    assert (await waiting).owner_id == MEMBERS[0]


async def test_leads_that_come_at_once_go_to_the_members_in_turn(units: RunningService) -> None:
    await rule(units, HQ, EAST)
    await rule(units, EAST, HERE, method=DistributionRule.ROUND_ROBIN, member_ids=MEMBERS)
    numbers = [f"+4420794600{number:02d}" for number in range(9)]
    leads = await asyncio.gather(*(house.capture(units, person(HQ), phone=one, name=one) for one in numbers))
    assert Counter(lead.owner_id for lead in leads) == dict.fromkeys(MEMBERS, 3)


async def test_imported_rows_are_offered_and_explained_alike(units: RunningService) -> None:
    await rule(units, HQ, HERE, accept_hours=8)
    boss = person(HQ)
    job = await house.imported(units, boss, "name,phone\nAda Lovelace,+442079460001\nAlan Turing,+442079460002\n")
    assert job.created_count == 2
    offered = (await house.listed(units, person(HERE), filter="state = OFFERED")).leads
    assert len(offered) == 2
    why = await house.explained(units, boss, offered[0].id)
    assert (why["submission"].outcome, why["distribution"].outcome) == ("create", HERE)
    await house.pass_time(units, hours=8.1)
    assert (await house.get(units, boss, offered[0].id)).state == Lead.UNPLACED

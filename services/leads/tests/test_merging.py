"""Merging leads by hand and taking it back, through the RPCs."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.leads.v1 import lead_merge_service_pb2 as pb
from crm.leads.v1 import lead_service_pb2 as lead_pb
from crm.leads.v1 import leads_events_pb2 as events
from crm.leads.v1 import touch_service_pb2 as touch_pb
from crm.leads.v1.lead_merge_pb2 import FieldChoice, LeadMerge, LeadVersion, UnmergeDecision
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch
from crm.marketing.v1 import marketing_events_pb2 as marketing
from crm.sales.v1 import sales_events_pb2 as sales
from sqlalchemy import text

from crm_kit.field_rules import FieldRule, Read
from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

from .house import HERE, HQ, LEADS, THERE, a_pool, build, claim, decisions, get, listed, pass_time, person

MERGES = "crm.leads.v1.LeadMergeService"


async def a_lead(leads: RunningService, who: Principal, **facts: Any) -> Lead:
    """A party of its own."""
    said = {"name": f"Zoe {uuid4().hex}", "company": uuid4().hex, "phone": f"+86139{uuid4().int % 10**8:08d}", **facts}
    request = lead_pb.CreateLeadRequest(lead=Lead(**{"external_id": uuid4().hex, **said}))
    return await leads.call(f"{LEADS}/CreateLead", request, who)


async def merge(leads: RunningService, who: Principal, survivor: Lead, *others: Lead, **how: Any) -> LeadMerge:
    versions = [LeadVersion(id=one.id, etag=one.etag) for one in (survivor, *others)]
    request = pb.MergeLeadsRequest(survivor_id=survivor.id, leads=versions, **how)
    return await leads.call(f"{MERGES}/MergeLeads", request, who)


async def unmerge(leads: RunningService, who: Principal, made: LeadMerge, *decided: UnmergeDecision) -> LeadMerge:
    return await leads.call(f"{MERGES}/UnmergeLeads", pb.UnmergeLeadsRequest(id=made.id, decisions=decided), who)


async def read(leads: RunningService, who: Principal, made: LeadMerge) -> LeadMerge:
    return await leads.call(f"{MERGES}/GetLeadMerge", pb.GetLeadMergeRequest(id=made.id), who)


async def conflicts(leads: RunningService, who: Principal, made: LeadMerge) -> list[Any]:
    request = pb.PreviewUnmergeLeadsRequest(id=made.id)
    return list((await leads.call(f"{MERGES}/PreviewUnmergeLeads", request, who)).conflicts)


async def touch(leads: RunningService, who: Principal, lead: Lead, note: str) -> Touch:
    request = touch_pb.CreateTouchRequest(touch=Touch(lead_id=lead.id, kind="visit", direction="outbound", note=note))
    return await leads.call("crm.leads.v1.TouchService/CreateTouch", request, who)


async def touches(leads: RunningService, who: Principal, lead: Lead) -> list[str]:
    request = touch_pb.ListTouchesRequest(lead_id=lead.id)
    found = await leads.call("crm.leads.v1.TouchService/ListTouches", request, who)
    return sorted(one.note for one in found.touches)


async def change(leads: RunningService, who: Principal, lead: Lead, **facts: Any) -> Lead:
    request = lead_pb.UpdateLeadRequest(lead=Lead(id=lead.id, **facts), update_mask={"paths": list(facts)})
    return await leads.call(f"{LEADS}/UpdateLead", request, who)


async def refused(doing: Any) -> str:
    with pytest.raises(RemoteError) as found:
        await doing
    return found.value.reason


def answered(made: LeadMerge, lead: Lead, key: UUID, seq: int = 1, by: Any = marketing, **counts: int) -> Any:
    facts = {"lead_merge_id": made.id, "lead_id": lead.id, "unmerged": seq == 2, **counts}
    return key, seq, by.MergedLeadFollowed(**facts)


async def test_the_survivor_keeps_its_own_takes_what_it_lacks_and_unites_the_rest(leads: RunningService) -> None:
    who = somebody()
    kept = await a_lead(leads, who, job_title="采购总监", tags=["vip"], product_line="pumps")
    other = await a_lead(leads, who, email="ming@yunfan-tech.cn", job_title="工程师", tags=["fair"], city="上海")
    made = await merge(leads, who, kept, other)
    assert (made.survivor_id, list(made.merged_ids)) == (kept.id, [other.id])
    now = await get(leads, who, kept.id)
    assert (now.job_title, now.email, now.city) == ("采购总监", "ming@yunfan-tech.cn", "上海")
    assert (now.phone, list(now.other_phones)) == (kept.phone, [other.phone])
    assert (list(now.tags), now.intent_count, len(now.intents)) == (["fair", "vip"], 2, 2)
    [of_many] = [one for one in await decisions(leads, who, kept.id) if one.kind == "merge"]
    assert of_many.outcome == "by_hand"


@pytest.mark.parametrize(
    ("policy", "title", "city"),
    [("SURVIVOR", "总监", "北京"), ("MOST_RECENT", "工程师", "北京"), ("MOST_COMPLETE", "采购部副总监", "北京")],
)
async def test_each_policy_takes_the_value_it_names_and_an_address_as_a_whole(
    leads: RunningService, policy: str, title: str, city: str
) -> None:
    who = somebody()
    kept = await a_lead(leads, who, job_title="总监", city="上海")
    long = await a_lead(leads, who, job_title="采购部副总监", province="北京", city="北京", address="长安街 1 号")
    last = await a_lead(leads, who, job_title="工程师")
    request = pb.PreviewMergeLeadsRequest(
        survivor_id=kept.id,
        leads=[LeadVersion(id=one.id) for one in (kept, long, last)],
        policy=f"MERGE_POLICY_{policy}",
    )
    seen = await leads.call(f"{MERGES}/PreviewMergeLeads", request, who)
    assert (seen.lead.job_title, seen.lead.city, seen.lead.address) == (title, city, "长安街 1 号")
    assert (await get(leads, who, kept.id)) == kept, "a preview stores nothing"


async def test_a_field_that_was_chosen_comes_from_the_chosen_lead(leads: RunningService) -> None:
    who = somebody()
    kept, other = await a_lead(leads, who), await a_lead(leads, who)
    choices = [FieldChoice(field=field, lead_id=other.id) for field in ("name", "phone")]
    await merge(leads, who, kept, other, choices=choices)
    now = await get(leads, who, kept.id)
    assert (now.name, now.company) == (other.name, kept.company)
    assert (now.phone, list(now.other_phones)) == (other.phone, [kept.phone])


async def test_a_merged_lead_names_the_one_that_goes_on_and_is_in_no_list(leads: RunningService) -> None:
    who = somebody()
    kept, other = await a_lead(leads, who), await a_lead(leads, who)
    await merge(leads, who, kept, other)
    gone = await get(leads, who, other.id)
    assert (gone.state, gone.merged_into_id, gone.name) == (Lead.MERGED, kept.id, "")
    page = await listed(leads, who)
    assert ([one.id for one in page.leads], page.total_size) == ([kept.id], 1)
    [told] = await leads.announced(events.LeadMergedByHand)
    assert (told.message.lead.state, told.message.lead.merged_into_id) == (Lead.MERGED, kept.id)


async def test_a_repeated_submission_of_a_merged_lead_finds_the_survivor(leads: RunningService) -> None:
    who = somebody()
    facts = {"name": "Ada Lovelace", "company": "Engines", "phone": "+8613800138001", "external_id": "web-1"}
    kept, other = await a_lead(leads, who), await a_lead(leads, who, **facts)
    await merge(leads, who, kept, other)
    assert (await a_lead(leads, who, **facts)).id == kept.id


async def test_a_merge_of_leads_in_another_state_or_version_is_refused(leads: RunningService) -> None:
    who = somebody()
    kept, other, third = [await a_lead(leads, who) for _ in range(3)]
    await leads.administer(
        f"UPDATE lead SET state = 'CONVERTED', version = version + 1 WHERE id IN ('{other.id}', '{third.id}')"
    )
    assert await refused(merge(leads, who, kept, other)) == "STALE_ETAG"
    for one in (other, third):
        one.etag = ""
    assert await refused(merge(leads, who, kept, other)) == "ONLY_THE_SURVIVOR_MAY_BE_CONVERTED"
    assert await refused(merge(leads, who, other, third)) == "ONLY_THE_SURVIVOR_MAY_BE_CONVERTED"
    assert await refused(merge(leads, who, kept)) == "INVALID_ARGUMENT"
    assert await refused(merge(leads, who, kept, *([kept] * 10))) == "INVALID_ARGUMENT"
    before = await get(leads, who, other.id)
    await merge(leads, who, other, kept)
    now = await get(leads, who, other.id)
    assert (now.name, now.state, list(now.other_phones)) == (before.name, Lead.CONVERTED, []), "it is read-only"


async def test_nobody_learns_of_anothers_lead_by_merging(leads: RunningService) -> None:
    await build(leads)
    here, there, above = person(HERE), person(THERE), person(HQ)
    mine = await a_lead(leads, here, name="李雷", company="上海云帆科技有限公司", phone="13800138007")
    again = await a_lead(leads, here)
    again = await change(leads, here, again, name="李雷", company="上海云帆科技有限公司")
    theirs = await a_lead(leads, there, name="李雷", company="上海云帆科技有限公司", phone="13800138007")
    assert await refused(merge(leads, here, mine, theirs)) == "NOT_FOUND"
    listing = pb.ListPossibleDuplicatesRequest(lead_id=mine.id)
    path = f"{MERGES}/ListPossibleDuplicates"
    found = (await leads.call(path, listing, here)).possible_duplicates
    assert [one.lead.id for one in found] == [again.id]
    assert (await leads.call(path, listing, above)).possible_duplicates[0].lead.id == theirs.id
    assert await refused(leads.call(path, listing, there)) == "NOT_FOUND"
    made = await merge(leads, above, mine, theirs)
    assert await refused(read(leads, there, made)) == "NOT_FOUND"
    assert await refused(unmerge(leads, here, made)) == "NOT_FOUND", "it would bring a lead back that is not theirs"


async def test_a_merge_settles_when_every_service_has_answered_for_every_lead(leads: RunningService) -> None:
    who = somebody()
    kept, one, two = [await a_lead(leads, who) for _ in range(3)]
    await touch(leads, who, one, "called")
    made = await merge(leads, who, kept, await get(leads, who, one.id), two)
    assert (made.state, len(made.waiting_for)) == (LeadMerge.SETTLING, 4)
    first, second = uuid4(), uuid4()
    await leads.deliver(answered(made, one, first, touchpoint_count=3))
    assert (await read(leads, who, made)).state == LeadMerge.SETTLING
    await leads.deliver(answered(made, two, second, member_count=2))
    assert (await read(leads, who, made)).state == LeadMerge.SETTLING, "sales has not answered"
    for lead in (one, two):
        await leads.deliver(answered(made, lead, uuid4(), by=sales, task_count=2))
    settled = await read(leads, who, made)
    assert (settled.state, list(settled.waiting_for)) == (LeadMerge.SETTLED, [])
    moved = {(each.service, each.kind): each.count for each in settled.moved}
    assert moved[("leads", "touch")] == 1
    assert (moved[("marketing", "touchpoint")], moved[("marketing", "campaign_member")]) == (3, 2)
    assert moved[("sales", "task")] == 4


async def test_gt_11_leads_come_back_as_they_were_and_what_changed_since_is_listed(leads: RunningService) -> None:
    """GT-11 for leads: merge with a service down, its answer later, a change after, unmerge."""
    who = somebody()
    kept = await a_lead(leads, who, job_title="总监", tags=["vip"])
    other = await a_lead(leads, who, email="ming@yunfan-tech.cn", need="pumps")
    await touch(leads, who, other, "before")
    other = await get(leads, who, other.id)
    made = await merge(leads, who, kept, other)
    assert (await read(leads, who, made)).state == LeadMerge.SETTLING, "marketing is down"
    assert await touches(leads, who, kept) == ["before"]
    key = uuid4()
    tasks = uuid4()
    await leads.deliver(answered(made, other, key, member_count=2), answered(made, other, tasks, by=sales))
    assert (await read(leads, who, made)).state == LeadMerge.SETTLED
    after = await touch(leads, who, kept, "after")
    await touch(leads, who, kept, "stays")
    await change(leads, who, kept, job_title="董事长", need="valves")
    listed_now = {(one.kind, one.key): one for one in await conflicts(leads, who, made)}
    assert {key for kind, key in listed_now if kind == "field"} == {"job_title", "need"}
    assert listed_now[("field", "need")].merged_value == "pumps"
    assert sum(kind == "touch" for kind, _ in listed_now) == 2
    undone = await unmerge(
        leads,
        who,
        made,
        UnmergeDecision(kind="field", key="need", give_back_to_id=other.id),
        UnmergeDecision(kind="touch", key=after.id, give_back_to_id=other.id),
    )
    assert undone.state == LeadMerge.UNMERGING
    first, second = await get(leads, who, kept.id), await get(leads, who, other.id)
    assert (first.job_title, first.need, first.email, list(first.tags)) == ("董事长", "", "", ["vip"])
    assert (list(first.other_phones), first.intent_count, len(first.intents)) == ([], 1, 1)
    assert (second.state, second.need, second.email) == (other.state, "valves", "ming@yunfan-tech.cn")
    assert await touches(leads, who, second) == ["after", "before"]
    assert await touches(leads, who, first) == ["stays"]
    await leads.deliver(answered(made, other, key, seq=2, member_count=2, changed_member_count=1))
    await leads.deliver(answered(made, other, tasks, seq=2, by=sales))
    settled = await read(leads, who, made)
    assert settled.state == LeadMerge.UNMERGED
    assert {one.kind: one.changed_count for one in settled.moved}["campaign_member"] == 1
    assert (await listed(leads, who)).total_size == 2
    [told] = await leads.announced(events.LeadUnmerged)
    assert told.message.lead.id == other.id
    assert await refused(unmerge(leads, who, made)) == "MERGE_TAKEN_BACK"


async def test_an_owned_lead_is_held_again_by_its_owner(leads: RunningService) -> None:
    who = somebody()
    await a_pool(leads, "/hq/", recycle_days=30)
    kept, other = await a_lead(leads, who), await a_lead(leads, who)
    other = await claim(leads, who, other)
    made = await merge(leads, who, kept, other)
    await unmerge(leads, who, made)
    back = await get(leads, who, other.id)
    assert (back.state, back.owner_id, back.recycle_due_time) == (Lead.ASSIGNED, other.owner_id, other.recycle_due_time)
    held = f"SELECT count(*) FROM ownership WHERE lead_id = '{other.id}' AND end_time IS NULL"
    async with leads.db.connect() as connection:
        assert (await connection.execute(text(held))).scalar_one() == 1


async def test_a_merge_into_a_lead_that_was_merged_since_waits_for_the_later_one(leads: RunningService) -> None:
    who = somebody()
    first, second, third = [await a_lead(leads, who) for _ in range(3)]
    inner = await merge(leads, who, second, third)
    outer = await merge(leads, who, first, await get(leads, who, second.id))
    assert (await get(leads, who, third.id)).merged_into_id == first.id, "it redirects at once"
    assert await refused(unmerge(leads, who, inner)) == "MERGED_FURTHER"
    await unmerge(leads, who, outer)
    assert (await get(leads, who, third.id)).merged_into_id == second.id
    await unmerge(leads, who, inner)
    assert (await listed(leads, who)).total_size == 3


async def test_a_merge_can_be_taken_back_for_90_days(leads: RunningService) -> None:
    who = somebody()
    kept, other = await a_lead(leads, who), await a_lead(leads, who)
    made = await merge(leads, who, kept, other)
    await pass_time(leads, days=91)
    assert await refused(unmerge(leads, who, made)) == "MERGE_TOO_OLD"
    async with leads.db.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM lead_merge_image"))).scalar_one() == 0


async def test_what_a_merge_replaced_is_stored_sealed(leads: RunningService) -> None:
    who = somebody()
    kept, other = await a_lead(leads, who), await a_lead(leads, who)
    await merge(leads, who, kept, other)
    async with leads.db.connect() as connection:
        image = (
            await connection.execute(text("SELECT before::text || after::text FROM lead_merge_image"))
        ).scalar_one()
    assert kept.phone not in image
    assert other.phone not in image


async def test_who_may_not_write_a_field_does_not_write_it_by_merging_nor_reads_it_by_parting(
    leads: RunningService,
) -> None:
    who = somebody()
    masked = replace(who, field_rules=(FieldRule("leads.lead.phone", Read.MASKED),))
    bare, full = await a_lead(leads, who, phone="", email=f"{uuid4().hex}@acme.cn"), await a_lead(leads, who)
    assert await refused(merge(leads, masked, bare, full)) == "FIELD_NOT_WRITABLE"
    made = await merge(leads, who, bare, full)
    await change(leads, who, bare, phone="+8613900008888")
    [told], [untold] = await conflicts(leads, who, made), await conflicts(leads, masked, made)
    assert (told.key, told.present_value) == ("phone", "+8613900008888")
    assert (untold.key, untold.present_value, untold.merged_value) == ("phone", "", "")

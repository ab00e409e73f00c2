"""Conflicts over a party: who sees what of them, what each decision does, and what happens without one (domain 2.4, row 3)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from crm.leads.v1 import conflict_service_pb2 as conflict_pb
from crm.leads.v1 import leads_events_pb2 as events
from crm.leads.v1.conflict_pb2 import Conflict
from crm.leads.v1.lead_pb2 import Lead

from crm_kit.field_rules import FieldRule, Read, mask
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_leads.domain.conflict import unit_above

from . import house
from .house import EAST, HERE, HQ, THERE, person


@pytest_asyncio.fixture
async def units(leads: RunningService) -> AsyncIterator[RunningService]:
    await house.build(leads)
    for path in (HQ, HERE, THERE):
        await house.a_pool(leads, path)
    yield leads


async def a_conflict(leads: RunningService, **theirs: str) -> tuple[Lead, Lead]:
    """The holder's lead and the held submission."""
    return await house.protected(leads, person(THERE), **theirs), await house.capture(leads, person(HERE))


async def test_an_arbiter_sees_both_sides_and_why_they_are_one_party(units: RunningService) -> None:
    theirs, mine = await a_conflict(units, need="pumps")
    boss = person(HQ)
    page = await units.call(f"{house.CONFLICTS}/ListConflicts", conflict_pb.ListConflictsRequest(count=1), boss)
    [found] = page.conflicts
    assert (page.total_size, found.state, found.unit_path) == (1, Conflict.PENDING, HQ)
    assert (found.submitter.unit_path, found.holder.unit_path) == (HERE, THERE)
    assert (found.lead_id, found.holder_lead_id) == (mine.id, theirs.id)
    assert (found.holder.owner_id, found.holder.need) == (theirs.owner_id, "pumps")
    assert (found.submitter.phone, found.holder.phone) == (mine.phone, theirs.phone)
    assert found.because
    assert found.submitted_by.startswith("user:")
    assert await house.conflict(units, boss, found.id) == found


async def test_the_submitter_sees_the_state_and_the_day_and_the_holder_nothing(units: RunningService) -> None:
    _, mine = await a_conflict(units)
    blind = await house.conflict(units, person(HERE), mine.conflict_id)
    shown = {field.name for field, _ in blind.ListFields()}
    assert shown == {"id", "state", "lead_id", "protected_until_date", "decide_due_time", "create_time"}
    for dealer in (person(HERE), person(THERE)):
        request = conflict_pb.ListConflictsRequest(count=1)
        page = await units.call(f"{house.CONFLICTS}/ListConflicts", request, dealer)
        assert (page.total_size, list(page.conflicts)) == (0, [])


async def test_what_is_masked_of_a_lead_is_masked_in_a_conflict(units: RunningService) -> None:
    theirs, mine = await a_conflict(units)
    masked = replace(person(HQ), field_rules=(FieldRule("leads.lead.phone", Read.MASKED),))
    found = await house.conflict(units, masked, mine.conflict_id)
    assert (found.holder.phone, found.holder.name) == (mask(theirs.phone), theirs.name)


async def test_neither_side_decides_its_own_case(units: RunningService) -> None:
    _, mine = await a_conflict(units)
    for dealer in (person(HERE), person(THERE), person(EAST)):
        with pytest.raises(RemoteError) as refused:
            await house.decide(units, dealer, mine.conflict_id, Conflict.SPLIT)
        assert refused.value.reason == "NOT_FOUND"


async def test_given_to_the_submitter_the_holders_lead_is_closed(units: RunningService) -> None:
    theirs, mine = await a_conflict(units, opt_outs=["sms"])
    done = await house.decide(units, person(HQ), mine.conflict_id, Conflict.GIVEN_TO_SUBMITTER, answer="Yours.")
    assert (done.state, done.reason) == (Conflict.GIVEN_TO_SUBMITTER, "first come")
    placed = await house.get(units, person(HERE), mine.id)
    assert (placed.state, placed.unit_path) == (Lead.POOLED, HERE)
    assert list(placed.opt_outs) == ["sms"]
    closed = await house.get(units, person(THERE), theirs.id)
    assert (closed.state, closed.state_reason, closed.overwritten_by_id) == (Lead.OVERWRITTEN, "arbiter", "")
    assert (await house.conflict(units, person(HERE), mine.conflict_id)).answer == "Yours."


async def test_split_leaves_each_its_lead_and_tells_the_submitter_nothing_of_the_other(units: RunningService) -> None:
    theirs, mine = await a_conflict(units)
    await house.decide(units, person(HQ), mine.conflict_id, Conflict.SPLIT)
    assert (await house.get(units, person(HERE), mine.id)).state == Lead.POOLED
    assert (await house.get(units, person(THERE), theirs.id)) == theirs
    blind = await house.conflict(units, person(HERE), mine.conflict_id)
    assert (blind.state, blind.reason) == (Conflict.GIVEN_TO_SUBMITTER, "")


@pytest.mark.parametrize(
    ("state", "becomes"), [(Conflict.HELD_BY_HOLDER, Lead.DUPLICATE_CLOSED), (Conflict.REJECTED, Lead.REJECTED)]
)
async def test_otherwise_the_submission_is_closed_and_the_holders_lead_untouched(
    units: RunningService, state: Conflict.State.ValueType, becomes: Lead.State.ValueType
) -> None:
    theirs, mine = await a_conflict(units)
    await house.decide(units, person(HQ), mine.conflict_id, state)
    assert (await house.get(units, person(HERE), mine.id)).state == becomes
    assert await house.get(units, person(THERE), theirs.id) == theirs
    assert [one.message.lead.id for one in await units.announced(events.HeldLeadClosed)] == [mine.id]


async def test_a_conflict_is_decided_once(units: RunningService) -> None:
    _, mine = await a_conflict(units)
    await house.decide(units, person(HQ), mine.conflict_id, Conflict.SPLIT)
    with pytest.raises(RemoteError) as refused:
        await house.decide(units, person(HQ), mine.conflict_id, Conflict.REJECTED)
    assert refused.value.reason == "CONFLICT_DECIDED_ALREADY"
    await house.pass_time(units, days=6)
    assert (await house.conflict(units, person(HQ), mine.conflict_id)).state == Conflict.SPLIT


async def test_without_a_word_the_holder_keeps_the_party(units: RunningService) -> None:
    theirs, mine = await a_conflict(units)
    await house.pass_time(units, days=4.9)
    assert (await house.get(units, person(HERE), mine.id)).state == Lead.HELD
    await house.pass_time(units, days=0.2)
    assert (await house.get(units, person(HERE), mine.id)).state == Lead.DUPLICATE_CLOSED
    assert await house.get(units, person(THERE), theirs.id) == theirs
    found = await house.conflict(units, person(HQ), mine.conflict_id)
    assert (found.state, found.decided_by) == (Conflict.HELD_BY_HOLDER, "timer:lead.conflict")


async def test_both_sides_can_be_told(units: RunningService) -> None:
    theirs, mine = await a_conflict(units)
    await house.decide(units, person(HQ), mine.conflict_id, Conflict.SPLIT)
    [decided] = await units.announced(events.ConflictDecided)
    told = decided.message
    assert (told.submitter_unit_path, told.holder_unit_path, told.holder_id) == (HERE, THERE, theirs.owner_id)
    assert told.conflict.state == Conflict.SPLIT
    [opened] = await units.announced(events.ConflictOpened)
    assert opened.message.conflict.lead_id == mine.id


@pytest.mark.parametrize(("state", "reason"), [(Conflict.PENDING, "x"), (Conflict.SPLIT, " ")])
async def test_a_decision_needs_an_outcome_and_a_reason(
    units: RunningService, state: Conflict.State.ValueType, reason: str
) -> None:
    _, mine = await a_conflict(units)
    with pytest.raises(RemoteError) as refused:
        await house.decide(units, person(HQ), mine.conflict_id, state, reason=reason)
    assert refused.value.reason == "INVALID_ARGUMENT"


async def test_the_decision_is_explained_on_the_submission_without_naming_the_holder(units: RunningService) -> None:
    _, mine = await a_conflict(units)
    await house.decide(units, person(HQ), mine.conflict_id, Conflict.SPLIT, answer="Go on.")
    why = await house.explained(units, person(HERE), mine.id)
    assert (why["conflict"].outcome, why["conflict"].inputs["answer"]) == ("given_to_submitter", "Go on.")
    assert why["submission"].outcome == "conflict"
    assert THERE not in str(why)


async def test_a_user_of_the_administrator_sees_the_audit_of_both(units: RunningService) -> None:
    _, mine = await a_conflict(units)
    await house.decide(units, somebody(unit_path=HQ), mine.conflict_id, Conflict.SPLIT, reason="both know them")
    found = await house.conflict(units, somebody(unit_path=HQ), mine.conflict_id)
    assert found.reason == "both know them"


@pytest.mark.parametrize(
    ("one", "other", "above"),
    [
        ("/hq/east/a/", "/hq/east/b/", "/hq/east/"),
        ("/hq/east/a/", "/hq/south/b/", "/hq/"),
        ("/hq/east/a/", "/hq/east/", "/hq/"),
        ("/hq/east/", "/hq/east/", "/hq/"),
        ("/hq/d1/", "/hq/d10/", "/hq/"),
        ("/hq/", "/hq/east/", "/hq/"),
    ],
)
def test_the_arbiter_sits_above_both_sides(one: str, other: str, above: str) -> None:
    assert unit_above(one, other) == unit_above(other, one) == above

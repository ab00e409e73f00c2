"""Lead reports: how far leads came, where they came from, how soon somebody answered."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from sqlalchemy import select, text

from crm_kit.testing.service import RunningService
from crm_reporting.domain.lead_facts import lead_fact

from .chronicle import History, Run, at

PERIOD = {"from_date": "2026-03-01", "to_date": "2026-04-01", "time_zone": "UTC"}


def captured(history: History, when: str = "2026-03-02 08:00", event: Any = leads.LeadCaptured, **facts: Any) -> Lead:
    lead = Lead(id=str(uuid4()), state=Lead.POOLED, source="exhibition", channel="import", unit_path="/hq/")
    lead.create_time.FromDatetime(at(when))
    then(history, lead, when, event, **facts)
    return lead


def then(history: History, lead: Lead, when: str, event: Any, **facts: Any) -> None:
    for name, value in facts.items():
        if name.endswith("_time"):
            getattr(lead, name).FromDatetime(at(value))
        else:
            setattr(lead, name, value)
    message = event()
    message.lead.CopyFrom(lead)
    history.add("lead", UUID(lead.id), when, message)


def a_month_of_leads() -> History:
    """Four leads: one only captured, one claimed and touched, one converted straight away, one rejected."""
    history = History()
    captured(history)
    worked = captured(history)
    owner = {"owner_id": str(uuid4()), "own_time": "2026-03-02 09:00", "state": Lead.ASSIGNED}
    then(history, worked, "2026-03-02 09:00", leads.LeadClaimed, **owner)
    touch = {"first_touch_time": "2026-03-02 08:10", "state": Lead.WORKING}
    then(history, worked, "2026-03-02 09:05", leads.LeadTouched, **touch)
    then(history, worked, "2026-03-03 09:00", leads.LeadReleased, state=Lead.POOLED, owner_id="")
    gone = captured(history, source="referral")
    then(history, gone, "2026-03-04 09:00", leads.LeadConverted, state=Lead.CONVERTED)
    captured(history, source="referral", state=Lead.REJECTED)
    captured(history, source="referral", event=leads.SubmissionAttached, state=Lead.DUPLICATE_CLOSED)
    captured(history, when="2026-02-02 08:00")
    return history


async def test_a_merged_lead_is_counted_no_longer_and_again_when_it_comes_back(
    reporting: RunningService, run: Run
) -> None:
    history = History()
    captured(history)
    merged = captured(history)
    then(history, merged, "2026-03-03 08:00", leads.LeadMergedByHand, state=Lead.MERGED)
    await history.deliver(reporting)

    async def counts() -> list[int]:
        stages = {row["stage"]: row["leads"] for row in (await run("lead_funnel_snapshot")).rows}
        reached = {row["stage"]: row["reached"] for row in (await run("lead_funnel_cohort", **PERIOD)).rows}
        [source] = [row for row in (await run("lead_sources", **PERIOD)).rows if row["source"] == "exhibition"]
        return [sum(stages.values()), reached["captured"], source["leads"]]

    assert await counts() == [1, 1, 1]
    then(history, merged, "2026-03-04 08:00", leads.LeadUnmerged, state=Lead.POOLED)
    await history.deliver(reporting)
    assert await counts() == [2, 2, 2]


async def test_skipping_a_stage_counts_as_reaching_it(reporting: RunningService, run: Run) -> None:
    await a_month_of_leads().deliver(reporting)
    rows = (await run("lead_funnel_cohort", **PERIOD)).rows
    assert {row["stage"]: row["reached"] for row in rows} == {
        "captured": 4,
        "assigned": 2,
        "touched": 2,
        "qualified": 1,
        "converted": 1,
    }
    assert [row["step_rate"] for row in rows] == [None, 0.5, 1, 0.5, 1]
    assert rows[4]["share"] == 0.25


async def test_an_empty_period_shows_zeros_and_blank_ratios(run: Run) -> None:
    rows = (await run("lead_funnel_cohort", **PERIOD)).rows
    assert [row["reached"] for row in rows] == [0, 0, 0, 0, 0]
    assert {row["share"] for row in rows} == {None}


async def test_the_snapshot_says_where_leads_are_now(reporting: RunningService, run: Run) -> None:
    await a_month_of_leads().deliver(reporting)
    rows = {row["stage"]: row["leads"] for row in (await run("lead_funnel_snapshot")).rows}
    assert rows == {
        "unassigned": 3,
        "assigned": 0,
        "touched": 0,
        "qualified": 0,
        "converted": 1,
        "disqualified": 0,
        "invalid": 1,
    }


async def test_rates_of_sources_are_sums_over_sums(reporting: RunningService, run: Run) -> None:
    await a_month_of_leads().deliver(reporting)
    answer = await run("lead_sources", **PERIOD)
    shown = {row["source"]: (row["leads"], row["repeats"], row["valid"], row["conversion_rate"]) for row in answer.rows}
    assert shown == {"exhibition": (2, 0, 2, 0), "referral": (2, 1, 1, 0.5)}
    total = answer.totals[0]
    assert (total["leads"], total["valid_rate"], total["conversion_rate"]) == (4, 0.75, 0.25)


async def test_first_response_counts_from_capture_and_leaves_out_the_unanswered(
    reporting: RunningService, run: Run
) -> None:
    await a_month_of_leads().deliver(reporting)
    row = (await run("first_response", **PERIOD)).rows[0]
    assert (row["subject"], row["asked"], row["answered"], row["p50"]) == ("lead", 4, 1, 600)


@pytest.mark.parametrize("at_once", [1, 6, 400])
async def test_leads_come_out_the_same_in_any_order_of_delivery(reporting: RunningService, at_once: int) -> None:
    history, known = a_month_of_leads(), []
    for seed in (at_once, at_once + 1):
        async with reporting.db.connect() as connection:
            await connection.execute(text("TRUNCATE lead_fact, source_position, inbox, inbox_cursor"))
        await history.deliver(reporting, seed, at_once)
        async with reporting.db.connect() as connection:
            known.append((await connection.execute(select(lead_fact).order_by(lead_fact.c.id))).all())
    assert known[0] == known[1]
    assert len(known[0]) == 6

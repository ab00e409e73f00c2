"""SLA clocks as a function of the ticket's history, with the numbers of the domain rules (GT-7)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crm_service_desk.domain.cycle import CARRIED, RETARGET, Clock, ClockState
from crm_service_desk.domain.history import AgentReplied, CustomerWrote, Entered, Moment, Plan, Planned, Target
from crm_service_desk.domain.sla import clocks
from crm_service_desk.domain.states import (
    CANCELLED,
    CLOSED,
    NEW,
    ON_HOLD,
    OPEN,
    PENDING_CUSTOMER,
    PENDING_THIRD_PARTY,
    RESOLVED,
)

from .builders import BERLIN, a_plan, always_open, minutes, monday, tuesday

CREATED = monday("10:00")


def history(plan: Plan, *moments: Moment, created: datetime = CREATED) -> list[Moment]:
    return [Planned(created, plan), Entered(created, NEW), *moments]


def clock(found: Iterable[Clock], target: Target, number: int = 1) -> Clock:
    return next(clock for clock in found if clock.target is target and clock.number == number)


def resolution(told: list[Moment], now: datetime, number: int = 1) -> Clock:
    return clock(clocks(told, now), Target.RESOLUTION, number)


FOUR_HOURS = a_plan(resolution=240)
WAITED = [Entered(monday("11:00"), PENDING_CUSTOMER), Entered(monday("15:00"), OPEN)]


def test_waiting_for_the_customer_moves_the_due_time() -> None:
    found = resolution(history(FOUR_HOURS, *WAITED), monday("15:00"))
    assert (found.state, found.due_time, found.elapsed) == (ClockState.RUNNING, monday("18:00"), minutes(60))


def test_a_pause_outside_working_hours_moves_nothing() -> None:
    pause = [Entered(monday("18:30"), PENDING_CUSTOMER), Entered(monday("20:00"), OPEN)]
    told = history(a_plan(resolution=540), *pause)
    undisturbed = history(a_plan(resolution=540))
    assert resolution(told, monday("20:00")).due_time == resolution(undisturbed, monday("20:00")).due_time


def test_while_paused_nothing_falls_due() -> None:
    found = resolution(history(FOUR_HOURS, WAITED[0]), tuesday("17:00"))
    assert (found.state, found.due_time, found.elapsed) == (ClockState.PAUSED, None, minutes(60))


def test_after_a_reopening_the_clock_goes_on_where_it_stopped() -> None:
    told = history(FOUR_HOURS, *WAITED, Entered(monday("17:00"), RESOLVED), Entered(tuesday("09:00"), OPEN))
    first, second = resolution(told, tuesday("09:00")), resolution(told, tuesday("09:00"), 2)
    assert (first.state, first.due_time, first.elapsed) == (ClockState.MET, monday("18:00"), minutes(180))
    assert (second.state, second.due_time, second.elapsed) == (ClockState.RUNNING, tuesday("10:00"), minutes(180))


def test_a_late_first_response_is_late_by_the_minute_even_if_nobody_looked() -> None:
    told = history(a_plan(first=30), AgentReplied(monday("10:40")))
    found = clock(clocks(told, tuesday("12:00")), Target.FIRST_RESPONSE)
    assert (found.state, found.overrun) == (ClockState.MET_LATE, minutes(10))
    assert (found.due_time, found.breach_time, found.breach_cause) == (monday("10:30"), monday("10:30"), "")


def test_an_answer_at_the_due_instant_is_in_time() -> None:
    told = history(a_plan(first=30), AgentReplied(monday("10:30")))
    found = clock(clocks(told, monday("10:30")), Target.FIRST_RESPONSE)
    assert (found.state, found.due_time, found.overrun) == (ClockState.MET, monday("10:30"), timedelta())


def test_the_next_response_counts_from_the_first_unanswered_message() -> None:
    wrote = [CustomerWrote(monday(time)) for time in ("10:00", "10:10", "10:20")]
    told = history(
        a_plan(first=30, following=60),
        AgentReplied(monday("09:30")),
        *wrote,
        AgentReplied(monday("10:30")),
        created=monday("09:00"),
    )
    found = [clock for clock in clocks(told, monday("11:00")) if clock.target is Target.NEXT_RESPONSE]
    assert [(clock.state, clock.elapsed, clock.start_time) for clock in found] == [
        (ClockState.MET, minutes(30), monday("10:00"))
    ]


def test_there_is_no_next_response_while_the_first_one_is_open() -> None:
    told = history(a_plan(first=30, following=10), CustomerWrote(monday("10:05")), AgentReplied(monday("10:20")))
    assert [found.target for found in clocks(told, monday("10:20"))] == [Target.FIRST_RESPONSE]


def test_each_waiting_of_the_customer_is_a_cycle_of_its_own() -> None:
    told = history(
        a_plan(first=30, following=10),
        AgentReplied(monday("10:05")),
        CustomerWrote(monday("10:10")),
        AgentReplied(monday("10:15")),
        CustomerWrote(monday("11:00")),
    )
    following = [found for found in clocks(told, monday("11:30")) if found.target is Target.NEXT_RESPONSE]
    assert [(found.number, found.state) for found in following] == [
        (1, ClockState.MET),
        (2, ClockState.BREACHED_RUNNING),
    ]
    assert following[1].due_time == monday("11:10")


def test_nothing_pauses_the_first_response() -> None:
    told = history(a_plan(first=30, resolution=240), Entered(monday("10:10"), ON_HOLD))
    assert clock(clocks(told, monday("10:20")), Target.FIRST_RESPONSE).due_time == monday("10:30")


def test_waiting_for_a_third_party_counts_unless_the_policy_says_otherwise() -> None:
    waiting = Entered(monday("11:00"), PENDING_THIRD_PARTY)
    assert resolution(history(FOUR_HOURS, waiting), monday("12:00")).state is ClockState.RUNNING
    patient = replace(FOUR_HOURS, pause_states=frozenset({PENDING_THIRD_PARTY}))
    assert resolution(history(patient, waiting), monday("12:00")).state is ClockState.PAUSED


def test_a_breach_has_its_exact_instant_however_late_it_is_found() -> None:
    found = resolution(history(FOUR_HOURS), tuesday("10:00"))
    assert (found.state, found.breach_time, found.overrun) == (
        ClockState.BREACHED_RUNNING,
        monday("15:00"),
        minutes(240),
    )


def test_a_breach_before_the_pause_stays_while_paused() -> None:
    told = history(FOUR_HOURS, Entered(monday("16:00"), PENDING_CUSTOMER))
    found = resolution(told, tuesday("10:00"))
    assert (found.state, found.due_time, found.overrun) == (ClockState.BREACHED_PAUSED, monday("15:00"), minutes(60))


def test_a_cycle_after_a_breach_carries_it() -> None:
    told = history(FOUR_HOURS, Entered(monday("16:00"), RESOLVED), Entered(tuesday("09:00"), OPEN))
    first, second = resolution(told, tuesday("09:30")), resolution(told, tuesday("09:30"), 2)
    assert (first.state, first.breach_cause) == (ClockState.MET_LATE, "")
    assert (second.state, second.breach_cause) == (ClockState.BREACHED_RUNNING, CARRIED)
    assert (second.due_time, second.overrun) == (monday("15:00"), minutes(90))


def test_resolving_while_paused_is_met_and_still_has_a_due_time() -> None:
    told = history(FOUR_HOURS, WAITED[0], Entered(monday("14:00"), RESOLVED))
    found = resolution(told, monday("14:00"))
    assert (found.state, found.due_time) == (ClockState.MET, monday("17:00"))


def test_a_higher_priority_keeps_the_counted_time_and_moves_the_due_time() -> None:
    told = history(FOUR_HOURS, Planned(monday("11:00"), a_plan(resolution=120)))
    assert resolution(told, monday("11:00")).due_time == monday("12:00")


def test_a_retarget_into_the_past_breaks_now_and_blames_nobody() -> None:
    told = history(FOUR_HOURS, Planned(monday("12:00"), a_plan(resolution=60)))
    found = resolution(told, monday("12:00"))
    assert (found.state, found.breach_time, found.breach_cause) == (
        ClockState.BREACHED_RUNNING,
        monday("12:00"),
        RETARGET,
    )


def test_a_longer_target_takes_no_breach_back() -> None:
    told = history(FOUR_HOURS, Planned(monday("16:00"), a_plan(resolution=2400)))
    found = resolution(told, monday("16:30"))
    assert (found.state, found.breach_time, found.breach_cause) == (ClockState.BREACHED_RUNNING, monday("15:00"), "")


def test_a_new_calendar_counts_from_now_on_and_leaves_what_was_counted() -> None:
    told = history(a_plan(resolution=600), Planned(monday("18:00"), a_plan(resolution=600, hours=always_open(BERLIN))))
    found = resolution(told, monday("19:00"))
    assert (found.elapsed, found.due_time) == (minutes(420 + 60), monday("21:00"))


def test_new_pause_states_hold_at_once() -> None:
    patient = replace(FOUR_HOURS, pause_states=frozenset({PENDING_THIRD_PARTY}))
    told = history(FOUR_HOURS, Entered(monday("10:30"), PENDING_THIRD_PARTY), Planned(monday("11:00"), patient))
    found = resolution(told, monday("12:00"))
    assert (found.state, found.elapsed) == (ClockState.PAUSED, minutes(60))


def test_a_target_promised_later_counts_from_the_beginning() -> None:
    told = history(a_plan(first=30), Planned(monday("11:00"), a_plan(first=30, resolution=120)))
    assert resolution(told, monday("11:00")).due_time == monday("12:00")


def test_cancelling_ends_what_is_owed() -> None:
    told = history(a_plan(first=30, resolution=240), Entered(monday("10:10"), CANCELLED))
    assert {found.state for found in clocks(told, monday("17:00"))} == {ClockState.CANCELLED}


@pytest.mark.parametrize(
    ("solved", "state"),
    [("10:20", ClockState.CANCELLED), ("11:00", ClockState.BREACHED_PAUSED)],
    ids=["in time", "late"],
)
def test_resolving_without_an_answer_keeps_no_response_promise(solved: str, state: ClockState) -> None:
    told = history(a_plan(first=30), Entered(monday(solved), RESOLVED), AgentReplied(monday("11:30")))
    assert [found.state for found in clocks(told, monday("12:00"))] == [state]


def test_the_first_response_never_comes_back() -> None:
    told = history(
        a_plan(first=30, following=60),
        AgentReplied(monday("10:10")),
        Entered(monday("11:00"), RESOLVED),
        Entered(monday("11:30"), CLOSED),
        Entered(tuesday("09:00"), OPEN),
        CustomerWrote(tuesday("09:00")),
    )
    found = clocks(told, tuesday("09:30"))
    assert [(clock.target, clock.number) for clock in found] == [(Target.FIRST_RESPONSE, 1), (Target.NEXT_RESPONSE, 1)]
    assert found[1].due_time == tuesday("10:00")


def test_the_same_history_gives_the_same_clocks() -> None:
    told = history(FOUR_HOURS, *WAITED, Entered(monday("17:00"), RESOLVED), Entered(tuesday("09:00"), OPEN))
    assert clocks(told, tuesday("12:00")) == clocks(list(told), tuesday("12:00"))

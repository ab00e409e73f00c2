"""Promises kept and broken over time: timers, the sweep, and changes of priority, policy and calendar."""

from datetime import timedelta
from typing import Any

import pytest
from crm.service_desk.v1 import calendar_pb2, calendar_service_pb2, sla_policy_pb2, sla_policy_service_pb2, ticket_pb2
from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1 import ticket_service_pb2 as pb
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import text

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_service_desk.jobs import SWEEP_EVERY, start_sweeping
from crm_service_desk.usecases.replan import AT_ONCE

from .builders import instant, monday, tuesday
from .desk import Desk

Ticket = ticket_pb2.Ticket
Clock = ticket_pb2.SlaClock


def clock(ticket: Ticket, target: Clock.Target.ValueType, cycle: int = 1) -> Clock:
    return next(item for item in ticket.clocks if item.target == target and item.cycle == cycle)


def resolved(ticket: Ticket) -> pb.ResolveTicketRequest:
    return pb.ResolveTicketRequest(id=ticket.id, resolution_code="answered", resolution="Plugged it in.")


async def the_default_policy(desk: Desk) -> sla_policy_pb2.SlaPolicy:
    listed = await desk.do("ListSlaPolicies", sla_policy_service_pb2.ListSlaPoliciesRequest(filter="is_default = true"))
    return listed.sla_policies[0]


async def the_default_calendar(desk: Desk) -> calendar_pb2.Calendar:
    listed = await desk.do("ListCalendars", calendar_service_pb2.ListCalendarsRequest(filter="is_default = true"))
    return listed.calendars[0]


async def test_at_the_due_instant_nothing_is_broken_and_just_after_it_is(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    await desk.fire_timers(at="10:30")
    assert await desk.events(events.SlaBreached) == []
    await desk.fire_timers(at=monday("10:30") + timedelta(microseconds=1))
    [breached] = await desk.events(events.SlaBreached)
    assert breached.clock.target == Clock.FIRST_RESPONSE
    assert (breached.clock.state, instant(breached.clock.due_time)) == (Clock.BREACHED_RUNNING, monday("10:30"))
    assert (await desk.get(ticket)).sla_breached


async def test_a_breach_is_found_late_with_its_exact_instant(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    await desk.fire_timers(at=tuesday("11:00"))
    told = await desk.events(events.SlaBreached)
    assert [(event.clock.target, instant(event.clock.due_time)) for event in told] == [
        (Clock.FIRST_RESPONSE, monday("10:30")),
        (Clock.RESOLUTION, monday("15:00")),
    ]
    assert clock(await desk.get(ticket), Clock.RESOLUTION).breach_minutes == 180 + 120


async def test_a_late_answer_is_met_late_even_if_no_timer_ran_before(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    ticket = await desk.do("ReplyToTicket", pb.ReplyToTicketRequest(id=ticket.id, body="Hello."), at="10:40")
    found = clock(ticket, Clock.FIRST_RESPONSE)
    assert (found.state, found.breach_minutes, instant(found.due_time)) == (Clock.MET_LATE, 10, monday("10:30"))
    told = await desk.events(events.SlaBreached, events.SlaMet)
    assert [type(event) for event in told] == [events.SlaBreached, events.SlaMet]
    await desk.fire_timers(at="11:00")
    assert len(await desk.events(events.SlaBreached, events.SlaMet)) == 2


async def test_an_answer_in_time_leaves_only_the_solution_to_fall_due(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    await desk.do("ReplyToTicket", pb.ReplyToTicketRequest(id=ticket.id, body="Hello."), at="10:10")
    await desk.fire_timers(at=tuesday("10:00"))
    assert [event.clock.target for event in await desk.events(events.SlaBreached)] == [Clock.RESOLUTION]


async def test_the_customer_who_writes_three_times_waits_from_the_first_on(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="09:00", priority=Ticket.URGENT)
    await desk.do("ReplyToTicket", pb.ReplyToTicketRequest(id=ticket.id, body="Hello."), at="09:10")
    for time in ("10:00", "10:10", "10:20"):
        said = pb.RecordCustomerMessageRequest(id=ticket.id, body="And?")
        ticket = await desk.do("RecordCustomerMessage", said, at=time)
    assert instant(ticket.next_response_due_time) == monday("11:00")
    ticket = await desk.do("ReplyToTicket", pb.ReplyToTicketRequest(id=ticket.id, body="Done."), at="10:30")
    found = clock(ticket, Clock.NEXT_RESPONSE)
    assert (found.state, found.elapsed_minutes) == (Clock.MET, 30)


async def test_a_breach_that_was_carried_over_a_reopening_is_announced_once(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    await desk.do("ResolveTicket", resolved(ticket), at="16:00")
    await desk.do("ReopenTicket", pb.ReopenTicketRequest(id=ticket.id, reason="silent again"), at="16:30")
    ticket = await desk.do("ResolveTicket", resolved(ticket), at="17:00")
    carried = clock(ticket, Clock.RESOLUTION, cycle=2)
    assert (carried.state, carried.breach_cause, carried.breach_minutes) == (Clock.MET_LATE, "carried", 90)
    told = [event for event in await desk.events(events.SlaBreached) if event.clock.target == Clock.RESOLUTION]
    assert len(told) == 1
    assert len(await desk.events(events.SlaMet)) == 2


async def test_a_higher_priority_keeps_the_time_counted(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.NORMAL)
    urgent = pb.UpdateTicketRequest(
        ticket=Ticket(id=ticket.id, priority=Ticket.URGENT), update_mask=FieldMask(paths=["priority"])
    )
    ticket = await desk.do("UpdateTicket", urgent, at="10:20")
    assert instant(ticket.first_response_due_time) == monday("10:30")
    assert instant(ticket.resolution_due_time) == monday("15:00")


async def test_a_priority_raised_too_late_breaks_the_promise_without_blame(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.NORMAL)
    urgent = pb.UpdateTicketRequest(
        ticket=Ticket(id=ticket.id, priority=Ticket.URGENT), update_mask=FieldMask(paths=["priority"])
    )
    await desk.do("UpdateTicket", urgent, at="11:00")
    [breached] = await desk.events(events.SlaBreached)
    assert (breached.clock.breach_cause, instant(breached.clock.due_time)) == ("retarget", monday("11:00"))


async def test_the_first_policy_that_fits_gives_the_promises_and_the_default_one_the_rest(desk: Desk) -> None:
    for position, minutes in ((2, 20), (1, 10)):
        policy = sla_policy_pb2.SlaPolicy(
            name=f"phone {minutes}",
            position=position,
            filter='channel = "phone"',
            targets=[sla_policy_pb2.SlaTargets(priority=Ticket.NORMAL, first_response_minutes=minutes)],
        )
        await desk.do("CreateSlaPolicy", sla_policy_service_pb2.CreateSlaPolicyRequest(sla_policy=policy))
    by_phone = await desk.open_ticket(at="10:00", channel="phone")
    assert instant(by_phone.first_response_due_time) == monday("10:10")
    assert not by_phone.HasField("resolution_due_time")
    by_mail = await desk.open_ticket(at="10:00", channel="email")
    assert instant(by_mail.first_response_due_time) == monday("12:00")


async def test_a_changed_policy_reaches_its_open_tickets(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    policy = await the_default_policy(desk)
    for target in policy.targets:
        target.resolution_minutes += 60
    request = sla_policy_service_pb2.UpdateSlaPolicyRequest(sla_policy=policy, update_mask=FieldMask(paths=["targets"]))
    await desk.do("UpdateSlaPolicy", request, at="10:05")
    await desk.fire_timers(at="10:05")
    assert instant((await desk.get(ticket)).resolution_due_time) == monday("16:00")


async def test_a_changed_policy_reaches_all_its_tickets_however_many(desk: Desk) -> None:
    made = [await desk.open_ticket(at="10:00", priority=Ticket.URGENT) for _ in range(AT_ONCE + 1)]
    policy = await the_default_policy(desk)
    del policy.targets[:]
    request = sla_policy_service_pb2.UpdateSlaPolicyRequest(sla_policy=policy, update_mask=FieldMask(paths=["targets"]))
    await desk.do("UpdateSlaPolicy", request, at="10:05")
    await desk.fire_timers(at="10:05")
    assert {len((await desk.get(ticket)).clocks) for ticket in made} == {0}


async def test_a_policy_may_ask_for_a_custom_field_and_is_skipped_once_that_is_gone(desk: Desk) -> None:
    fields = desk.db.custom_fields
    async with begin(Call.for_work(desk.db, kind="service", name="test")) as tx:
        tier = await fields.add(tx.session, "ticket", "tier", "TYPE_CHOICE", options=["gold", "silver"])
    fields.forget()
    targets = [sla_policy_pb2.SlaTargets(priority=Ticket.NORMAL, first_response_minutes=5)]
    policy = sla_policy_pb2.SlaPolicy(name="gold", filter='custom_fields.tier = "gold"', targets=targets)
    await desk.do("CreateSlaPolicy", sla_policy_service_pb2.CreateSlaPolicyRequest(sla_policy=policy))
    gold = await desk.open_ticket(at="10:00", custom_fields={"tier": "gold"})
    assert instant(gold.first_response_due_time) == monday("10:05")
    async with begin(Call.for_work(desk.db, kind="service", name="test")) as tx:
        await fields.hide(tx.session, tier)
    fields.forget()
    assert instant((await desk.open_ticket(at="10:00")).first_response_due_time) == monday("12:00")


async def test_new_hours_count_from_now_on_and_leave_what_was_counted(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    calendar = await the_default_calendar(desk)
    calendar.overrides.add(date="2026-11-23", name="afternoon off").intervals.add(start="09:00", end="12:00")
    request = calendar_service_pb2.UpdateCalendarRequest(calendar=calendar, update_mask=FieldMask(paths=["overrides"]))
    changed = await desk.do("UpdateCalendar", request, at="11:00")
    await desk.fire_timers(at="11:00")
    ticket = await desk.get(ticket)
    assert changed.revision == 2
    assert instant(ticket.resolution_due_time) == tuesday("11:00")


async def test_tickets_follow_when_another_calendar_becomes_the_default(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="17:50", priority=Ticket.URGENT)
    weekday = calendar_pb2.WeeklyInterval.Weekday
    always = [calendar_pb2.WeeklyInterval(weekday=day, start="00:00", end="24:00") for day in weekday.values()[1:]]
    calendar = calendar_pb2.Calendar(name="7×24", time_zone="Asia/Shanghai", weekly=always, is_default=True)
    await desk.do("CreateCalendar", calendar_service_pb2.CreateCalendarRequest(calendar=calendar), at="17:55")
    await desk.fire_timers(at="17:55")
    assert instant((await desk.get(ticket)).first_response_due_time) == monday("18:20")


async def test_the_sweep_records_what_no_timer_did(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    ticket = await desk.open_ticket(at="10:00", priority=Ticket.URGENT)
    async with desk.db.connect() as connection:
        await connection.execute(text("DELETE FROM timer"))
    await start_sweeping(Call.for_work(desk.db, kind="service", name="service-desk", now=monday("10:00")))
    await desk.fire_timers(at="10:40")
    [breached] = await desk.events(events.SlaBreached)
    assert instant(breached.clock.due_time) == monday("10:30")
    assert "the sweep found 1 tickets" in caplog.text
    await desk.fire_timers(at=monday("10:40") + SWEEP_EVERY)
    assert len(await desk.events(events.SlaBreached)) == 1
    assert (await desk.get(ticket)).sla_breached


async def test_why_it_is_due_then_is_a_list_of_counted_intervals(desk: Desk) -> None:
    ticket = await desk.open_ticket(at="11:00", priority=Ticket.URGENT)
    await desk.do("PendTicket", pb.PendTicketRequest(id=ticket.id, state=Ticket.PENDING_CUSTOMER), at="14:00")
    await desk.do("ResumeTicket", pb.ResumeTicketRequest(id=ticket.id), at="17:30")
    answer = await desk.do("ExplainTicketSla", pb.ExplainTicketSlaRequest(id=ticket.id), at="17:45")
    explained = next(item for item in answer.explanations if item.clock.target == Clock.RESOLUTION)
    assert [described(interval) for interval in explained.intervals] == [
        ("23 11:00", "23 12:00", 3600, False),
        ("23 13:00", "23 14:00", 3600, False),
        ("23 17:30", "23 17:45", 900, False),
        ("23 17:45", "23 18:00", 900, True),
        ("24 09:00", "24 10:30", 5400, True),
    ]
    assert sum(interval.seconds for interval in explained.intervals) == 240 * 60
    assert (explained.time_zone, instant(explained.clock.due_time)) == ("Asia/Shanghai", tuesday("10:30"))
    assert explained.calendar.endswith("@1")


def described(interval: Any) -> tuple[str, str, int, bool]:
    zone = monday("00:00").tzinfo
    start, end = (instant(item).astimezone(zone) for item in (interval.start_time, interval.end_time))
    return f"{start:%d %H:%M}", f"{end:%d %H:%M}", interval.seconds, interval.expected

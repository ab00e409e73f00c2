"""What administrators may do to calendars and policies, and what they may not."""

import pytest
from crm.service_desk.v1 import calendar_pb2, sla_policy_pb2, ticket_pb2
from crm.service_desk.v1 import calendar_service_pb2 as calendars
from crm.service_desk.v1 import sla_policy_service_pb2 as policies
from google.protobuf.field_mask_pb2 import FieldMask

from crm_kit.errors import InvalidArgument, NotFound
from crm_service_desk.usecases.keep_calendar import CalendarInUse, DefaultStays

from .desk import Desk

MONDAY = calendar_pb2.WeeklyInterval(weekday=calendar_pb2.WeeklyInterval.MONDAY, start="09:00", end="18:00")
NOWHERE = "01920000-0000-7000-8000-00000000dead"
Ticket = ticket_pb2.Ticket


async def a_calendar(desk: Desk, **facts: object) -> calendar_pb2.Calendar:
    wanted = {"name": "门店", "time_zone": "Asia/Shanghai", "weekly": [MONDAY], **facts}
    request = calendars.CreateCalendarRequest(calendar=calendar_pb2.Calendar(**wanted))
    made: calendar_pb2.Calendar = await desk.do("CreateCalendar", request)
    return made


async def a_policy(desk: Desk, **facts: object) -> sla_policy_pb2.SlaPolicy:
    request = policies.CreateSlaPolicyRequest(sla_policy=sla_policy_pb2.SlaPolicy(**{"name": "金牌", **facts}))
    made: sla_policy_pb2.SlaPolicy = await desk.do("CreateSlaPolicy", request)
    return made


async def violations(desk: Desk, **facts: object) -> set[tuple[str, str]]:
    with pytest.raises(InvalidArgument) as caught:
        await a_policy(desk, **facts)
    return {(violation.field, violation.reason) for violation in caught.value.violations}


async def test_a_calendar_comes_back_as_it_was_written(desk: Desk) -> None:
    made = await a_calendar(desk, overrides=[calendar_pb2.DateOverride(date="2026-05-01", name="劳动节")])
    assert await desk.do("GetCalendar", calendars.GetCalendarRequest(id=made.id)) == made
    assert (list(made.weekly), made.overrides[0].name, made.revision) == ([MONDAY], "劳动节", 1)


async def test_a_calendar_that_never_opens_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidArgument, match="370 days"):
        await a_calendar(desk, weekly=[])


async def test_a_renamed_calendar_keeps_its_revision(desk: Desk) -> None:
    made = await a_calendar(desk)
    made.name = "门店（新）"
    request = calendars.UpdateCalendarRequest(calendar=made, update_mask=FieldMask(paths=["name"]))
    assert (await desk.do("UpdateCalendar", request)).revision == 1


async def test_there_is_always_one_default_calendar(desk: Desk) -> None:
    made = await a_calendar(desk, is_default=True)
    listed = await desk.do("ListCalendars", calendars.ListCalendarsRequest(filter="is_default = true"))
    assert [calendar.id for calendar in listed.calendars] == [made.id]
    with pytest.raises(DefaultStays):
        await desk.do("DeleteCalendar", calendars.DeleteCalendarRequest(id=made.id))
    made.is_default = False
    request = calendars.UpdateCalendarRequest(calendar=made, update_mask=FieldMask(paths=["is_default"]))
    with pytest.raises(DefaultStays):
        await desk.do("UpdateCalendar", request)


async def test_a_calendar_that_a_policy_names_stays(desk: Desk) -> None:
    made = await a_calendar(desk)
    policy = await a_policy(desk, calendar_id=made.id)
    with pytest.raises(CalendarInUse, match="金牌"):
        await desk.do("DeleteCalendar", calendars.DeleteCalendarRequest(id=made.id))
    await desk.do("DeleteSlaPolicy", policies.DeleteSlaPolicyRequest(id=policy.id))
    await desk.do("DeleteCalendar", calendars.DeleteCalendarRequest(id=made.id))
    with pytest.raises(NotFound):
        await desk.do("GetCalendar", calendars.GetCalendarRequest(id=made.id))


async def test_a_policy_comes_back_as_it_was_written(desk: Desk) -> None:
    targets = [sla_policy_pb2.SlaTargets(priority=Ticket.HIGH, first_response_minutes=15, resolution_minutes=60)]
    made = await a_policy(desk, filter="kind = COMPLAINT", targets=targets, pause_states=[Ticket.ON_HOLD], position=3)
    assert await desk.do("GetSlaPolicy", policies.GetSlaPolicyRequest(id=made.id)) == made
    assert (list(made.targets), list(made.pause_states)) == (targets, [Ticket.ON_HOLD])
    made.pause_states.append(Ticket.PENDING_THIRD_PARTY)
    request = policies.UpdateSlaPolicyRequest(sla_policy=made, update_mask=FieldMask(paths=["pause_states"]))
    changed = await desk.do("UpdateSlaPolicy", request)
    assert list(changed.pause_states) == [Ticket.ON_HOLD, Ticket.PENDING_THIRD_PARTY]
    assert list(changed.targets) == targets


async def test_what_contradicts_itself_in_a_policy_is_named(desk: Desk) -> None:
    late = sla_policy_pb2.SlaTargets(priority=Ticket.HIGH, first_response_minutes=90, resolution_minutes=60)
    twice = sla_policy_pb2.SlaTargets(priority=Ticket.HIGH, next_response_minutes=-1)
    found = await violations(desk, targets=[late, twice], pause_states=[Ticket.OPEN], reopen_days=-1)
    assert found == {
        ("targets[0].first_response_minutes", "LATER_THAN_RESOLUTION"),
        ("targets[1].priority", "LISTED_TWICE"),
        ("targets[1].next_response_minutes", "OUT_OF_RANGE"),
        ("pause_states[0]", "NOT_A_WAITING_STATE"),
        ("reopen_days", "OUT_OF_RANGE"),
    }
    assert await violations(desk, filter="colour = red") == {("filter", "FIELD_UNKNOWN")}
    assert await violations(desk, calendar_id=NOWHERE) == {("calendar_id", "UNKNOWN_CALENDAR")}
    assert await violations(desk, is_default=True, filter="kind = REPAIR") == {("filter", "DEFAULT_HAS_FILTER")}


async def test_another_policy_may_become_the_default(desk: Desk) -> None:
    made = await a_policy(desk)
    made.is_default = True
    request = policies.UpdateSlaPolicyRequest(sla_policy=made, update_mask=FieldMask(paths=["is_default"]))
    await desk.do("UpdateSlaPolicy", request)
    ticket = await desk.open_ticket()
    assert (ticket.sla_policy_id, list(ticket.clocks)) == (made.id, [])
    with pytest.raises(DefaultStays):
        await desk.do("DeleteSlaPolicy", policies.DeleteSlaPolicyRequest(id=made.id))

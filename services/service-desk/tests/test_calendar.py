"""Working time, with the numbers of the domain rules (GT-6)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_service_desk.domain.calendar import (
    CalendarNeverOpens,
    WorkingHours,
    add_working,
    working_between,
    working_spans,
)

from .builders import BERLIN, SHANGHAI, always_open, berlin, minutes, office_hours, shanghai


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2026-11-20 16:30", 240, "2026-11-23 11:30"),
        ("2026-11-23 11:50", 30, "2026-11-23 13:20"),
        ("2026-11-21 10:00", 60, "2026-11-23 10:00"),
        ("2026-11-23 09:00", 180, "2026-11-23 12:00"),
    ],
    ids=["over a weekend", "over lunch", "from a Saturday", "to the end of an interval, not the start of the next"],
)
def test_working_time_is_added_over_closed_hours(start: str, amount: int, due: str) -> None:
    assert add_working(office_hours(), shanghai(start), minutes(amount)) == shanghai(due)


def test_holidays_are_skipped() -> None:
    closed = {date(2026, 5, day): () for day in (1, 4, 5)}
    assert add_working(office_hours(closed), shanghai("2026-04-30 17:00"), minutes(120)) == shanghai("2026-05-06 10:00")


def test_a_make_up_saturday_counts() -> None:
    saturday = {date(2026, 5, 9): ((timedelta(hours=9), timedelta(hours=12)),)}
    assert add_working(office_hours(saturday), shanghai("2026-05-08 17:00"), minutes(120)) == shanghai(
        "2026-05-09 10:00"
    )


def test_around_the_clock_an_hour_over_the_spring_change_ends_an_hour_later_on_the_wall() -> None:
    due = add_working(always_open(BERLIN), berlin("2026-03-29 01:30"), minutes(60))
    assert due.astimezone(BERLIN).strftime("%H:%M") == "03:30"


def test_the_day_the_clocks_go_forward_has_23_hours_and_the_day_they_go_back_25() -> None:
    hours = always_open(BERLIN)
    assert working_between(hours, berlin("2026-03-29 00:00"), berlin("2026-03-30 00:00")) == timedelta(hours=23)
    assert working_between(hours, berlin("2026-10-25 00:00"), berlin("2026-10-26 00:00")) == timedelta(hours=25)


def test_an_interval_inside_the_skipped_hour_does_not_count() -> None:
    night = ((timedelta(hours=2), timedelta(hours=3)),)
    hours = WorkingHours(BERLIN, (night,) * 7)
    assert working_between(hours, berlin("2026-03-29 00:00"), berlin("2026-03-30 00:00")) == timedelta()


def test_half_of_the_repeated_hour_counts_twice_with_a_pause_between() -> None:
    night = ((timedelta(hours=0), timedelta(hours=2, minutes=30)),)
    hours = WorkingHours(BERLIN, (night,) * 7)
    spans = list(working_spans(hours, berlin("2026-10-25 00:00"), berlin("2026-10-26 00:00")))
    assert [(start.strftime("%H:%M"), end.strftime("%H:%M")) for start, end in spans] == [
        ("22:00", "00:30"),
        ("01:00", "01:30"),
    ]


def test_a_zone_whose_clocks_change_at_midnight_counts_the_day_once() -> None:
    havana = ZoneInfo("America/Havana")
    day = datetime(2026, 3, 8, tzinfo=havana)
    hours = always_open(havana)
    saturday = datetime(2026, 3, 7, tzinfo=havana)
    assert working_between(hours, saturday, day) == timedelta(hours=24)
    assert working_between(hours, day, datetime(2026, 3, 9, tzinfo=havana)) == timedelta(hours=23)


def test_a_date_that_a_zone_skipped_has_no_hours() -> None:
    apia = ZoneInfo("Pacific/Apia")
    start, end = datetime(2011, 12, 29, tzinfo=apia), datetime(2012, 1, 1, tzinfo=apia)
    assert working_between(always_open(apia), start, end) == timedelta(hours=48)


def test_an_end_of_24_00_joins_the_next_day_without_a_gap() -> None:
    assert add_working(always_open(SHANGHAI), shanghai("2026-11-23 23:30"), minutes(60)) == shanghai("2026-11-24 00:30")


def test_adding_nothing_stays_inside_working_time_and_else_moves_to_the_next_opening() -> None:
    hours = office_hours()
    assert add_working(hours, shanghai("2026-11-23 10:17"), timedelta()) == shanghai("2026-11-23 10:17")
    assert add_working(hours, shanghai("2026-11-23 12:00"), timedelta()) == shanghai("2026-11-23 13:00")
    assert add_working(hours, shanghai("2026-11-21 08:00"), timedelta()) == shanghai("2026-11-23 09:00")


def test_time_between_two_instants_is_the_overlap_with_working_hours() -> None:
    hours = office_hours()
    assert working_between(hours, shanghai("2026-11-20 16:30"), shanghai("2026-11-23 11:30")) == timedelta(hours=4)
    assert working_between(hours, shanghai("2026-11-23 18:30"), shanghai("2026-11-23 20:00")) == timedelta()
    assert working_between(hours, shanghai("2026-11-23 11:00"), shanghai("2026-11-23 10:00")) == timedelta()


def test_instants_may_come_in_any_zone() -> None:
    start = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert add_working(office_hours(), start, minutes(240)) == shanghai("2026-11-23 11:30")


def test_a_calendar_that_never_opens_is_a_clear_error_and_not_an_endless_search() -> None:
    closed = WorkingHours(SHANGHAI, ((),) * 7)
    with pytest.raises(CalendarNeverOpens, match="370 days of 2026-11-23"):
        add_working(closed, shanghai("2026-11-23 10:00"), minutes(1))


@given(
    zone=st.sampled_from(
        ["Asia/Shanghai", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Africa/Casablanca"]
    ),
    start=st.integers(0, 3 * 365 * 24 * 60).map(lambda minute: datetime(2025, 1, 1, tzinfo=UTC) + minutes(minute)),
    amount=st.timedeltas(timedelta(), timedelta(hours=60)),
    bounds=st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True).map(sorted),
)
@settings(max_examples=150, deadline=None)
def test_measuring_what_was_added_gives_the_amount(
    zone: str, start: datetime, amount: timedelta, bounds: list[int]
) -> None:
    halves = [timedelta(minutes=30 * bound) for bound in bounds]
    day = tuple(zip(halves[::2], halves[1::2], strict=False))
    hours = WorkingHours(ZoneInfo(zone), (day,) * 6 + ((),))
    due = add_working(hours, start, amount)
    assert working_between(hours, start, due) == amount
    assert due >= start

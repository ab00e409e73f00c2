"""Working hours as administrators write them."""

from datetime import date, timedelta
from typing import Any

import pytest

from crm_kit.errors import InvalidArgument
from crm_service_desk.domain.working_hours import check_opens, parse

from .builders import BERLIN, OFFICE_DAY, always_open, monday

MONDAY = {"weekday": "MONDAY", "start": "09:00", "end": "12:00"}


def reasons(time_zone: str, weekly: list[dict[str, Any]], overrides: list[dict[str, Any]]) -> set[tuple[str, str]]:
    with pytest.raises(InvalidArgument) as caught:
        parse(time_zone, weekly, overrides)
    return {(violation.field, violation.reason) for violation in caught.value.violations}


def test_intervals_are_ordered_and_overrides_replace_the_week() -> None:
    afternoon = {"weekday": "MONDAY", "start": "13:00", "end": "18:00"}
    saturday = {"date": "2026-05-09", "intervals": [{"start": "09:00", "end": "24:00"}]}
    hours = parse("Asia/Shanghai", [afternoon, MONDAY], [{"date": "2026-05-04"}, saturday])
    assert hours.of(date(2026, 5, 11)) == OFFICE_DAY
    assert hours.of(date(2026, 5, 4)) == ()
    assert hours.of(date(2026, 5, 9)) == ((timedelta(hours=9), timedelta(hours=24)),)


def test_every_fault_is_reported_at_once_with_its_field() -> None:
    weekly = [
        {"start": "09:00", "end": "10:00"},
        {"weekday": "TUESDAY", "start": "9:00", "end": "24:01"},
        {"weekday": "FRIDAY", "start": "18:00", "end": "09:00"},
    ]
    overrides = [{"date": "2026-02-30"}, {"date": "2026-05-01"}, {"date": "2026-05-01"}]
    assert reasons("Mars/Olympus", weekly, overrides) == {
        ("time_zone", "NOT_A_TIME_ZONE"),
        ("weekly[0].weekday", "REQUIRED"),
        ("weekly[1].start", "NOT_A_TIME_OF_DAY"),
        ("weekly[1].end", "NOT_A_TIME_OF_DAY"),
        ("weekly[2].end", "ENDS_BEFORE_START"),
        ("overrides[0].date", "NOT_A_DATE"),
        ("overrides[2].date", "LISTED_TWICE"),
    }


def test_overlapping_intervals_of_one_day_are_refused() -> None:
    overlapping = {"weekday": "MONDAY", "start": "11:00", "end": "13:00"}
    assert reasons("Asia/Shanghai", [MONDAY, overlapping], []) == {("weekly", "INTERVALS_OVERLAP")}


def test_a_calendar_that_never_opens_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="370 days"):
        check_opens(parse("Asia/Shanghai", [], []), monday("10:00"))
    check_opens(always_open(BERLIN), monday("10:00"))

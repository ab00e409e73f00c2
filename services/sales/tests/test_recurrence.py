"""When something that comes again comes next."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crm_sales.domain.recurrence import next_time

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("first", "every", "unit", "after", "expected"),
    [
        ("2026-11-23 09:00", 1, "DAY", "2026-11-23 09:00", "2026-11-24 09:00"),
        ("2026-11-23 09:00", 2, "WEEK", "2026-11-23 09:00", "2026-12-07 09:00"),
        ("2026-01-31 09:00", 1, "MONTH", "2026-01-31 09:00", "2026-02-28 09:00"),
        ("2026-01-31 09:00", 1, "MONTH", "2026-02-28 09:00", "2026-03-31 09:00"),
        ("2026-11-30 09:00", 3, "MONTH", "2026-11-30 09:00", "2027-02-28 09:00"),
        ("2028-02-29 09:00", 12, "MONTH", "2028-02-29 09:00", "2029-02-28 09:00"),
    ],
)
def test_the_next_time_is_so_many_steps_later(first: str, every: int, unit: str, after: str, expected: str) -> None:
    assert next_time(at(first), every, unit, at(after), SHANGHAI) == at(expected)


@pytest.mark.parametrize(
    ("every", "unit", "after", "expected"),
    [
        (1, "DAY", "2026-12-04 08:59", "2026-12-04 09:00"),
        (1, "DAY", "2026-12-04 09:00", "2026-12-05 09:00"),
        (3, "DAY", "2026-12-01 12:00", "2026-12-02 09:00"),
        (2, "WEEK", "2027-01-01 00:00", "2027-01-04 09:00"),
        (2, "MONTH", "2027-02-01 00:00", "2027-03-23 09:00"),
    ],
)
def test_times_that_passed_are_left_out(every: int, unit: str, after: str, expected: str) -> None:
    assert next_time(at("2026-11-23 09:00"), every, unit, at(after), SHANGHAI) == at(expected)


def test_nine_oclock_stays_nine_when_summer_time_begins() -> None:
    found = next_time(at("2026-03-28 09:00", BERLIN), 1, "DAY", at("2026-03-28 09:00", BERLIN), BERLIN)
    assert found == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)


def test_nothing_comes_after_the_end_of_the_calendar() -> None:
    last = datetime(9998, 12, 30, tzinfo=UTC)
    assert next_time(last, 365, "DAY", last, "UTC") is None
    assert next_time(last, 1, "MONTH", last, "UTC") is None

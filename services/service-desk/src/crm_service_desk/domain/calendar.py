"""Working time: walking and measuring it, exact across lunch breaks, holidays and changes of the clocks.

Hours are meant on the wall clock of their zone and counted as they pass: on the day the clocks go forward the skipped
hour does not count, on the day they go back the repeated hour counts twice. Instants are aware, answers are in UTC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm_kit.errors import FailedPrecondition

SEARCH_DAYS = 370
"""Days without any working time after which a calendar counts as never opening."""

WEST, EAST = timedelta(hours=12), timedelta(hours=14)
"""The widest offsets from UTC any zone has."""

Hours = tuple[tuple[timedelta, timedelta], ...]
"""Opening and closing of one day, as distances from its midnight on the wall clock; ordered, not overlapping."""

Span = tuple[datetime, datetime]
"""From an instant until another, exclusive."""


class CalendarNeverOpens(FailedPrecondition):
    """No working time lies within reach, so nothing can fall due. Facts: time_zone, day (where the search began)."""

    en = "The calendar has no working hours within 370 days of {day}. Add weekly hours or a working date."
    zh = "该日历自 {day} 起 370 天内没有工作时间，请添加每周工作时间或工作日。"


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a part of the enterprise works: ``weekly`` begins with Monday, a date in ``overrides`` has its own hours."""

    zone: ZoneInfo
    weekly: tuple[Hours, ...]
    overrides: Mapping[date, Hours] = field(default_factory=dict)

    def of(self, day: date) -> Hours:
        """Hours of one date on the wall clock."""
        return self.overrides.get(day, self.weekly[day.weekday()])


def add_working(hours: WorkingHours, start: datetime, amount: timedelta) -> datetime:
    """The first instant at which ``amount`` of working time has passed since ``start``.

    That is the end of an interval, not the start of the next. Nothing to add gives ``start`` if it is working time,
    else the next opening. Raises CalendarNeverOpens.
    """
    left = amount
    for opening, closing in _openings(hours, start):
        if left <= closing - opening:
            return opening + left
        left -= closing - opening
    raise AssertionError("openings end only by raising")


def working_between(hours: WorkingHours, start: datetime, end: datetime) -> timedelta:
    """Working time within ``[start, end)``; zero when that is empty."""
    return sum((closing - opening for opening, closing in working_spans(hours, start, end)), timedelta())


def working_spans(hours: WorkingHours, start: datetime, end: datetime) -> Iterator[Span]:
    """The pieces of working time within ``[start, end)``, oldest first."""
    day, last = _day(hours, start), _day(hours, end)
    while start < end and day <= last:
        for opening, closing in _spans_of(hours, day):
            if opening < end and closing > start:
                yield max(opening, start).astimezone(UTC), min(closing, end).astimezone(UTC)
        day += timedelta(days=1)


def _openings(hours: WorkingHours, start: datetime) -> Iterator[Span]:
    """Working time from ``start`` on, without end."""
    day = latest = _day(hours, start)
    while day - latest <= timedelta(days=SEARCH_DAYS):
        for opening, closing in _spans_of(hours, day):
            if closing > start:
                latest = day
                yield max(opening, start).astimezone(UTC), closing
        day += timedelta(days=1)
    raise CalendarNeverOpens(time_zone=hours.zone.key, day=latest.isoformat())


def _day(hours: WorkingHours, instant: datetime) -> date:
    return instant.astimezone(hours.zone).date()


def _spans_of(hours: WorkingHours, day: date) -> list[Span]:
    """The hours of one date as they pass in UTC, oldest first."""
    intervals = hours.of(day)
    if not intervals:
        return []
    midnight = datetime.combine(day, time(), UTC)
    return [
        (max(begin, midnight + opening - offset), min(end, midnight + closing - offset))
        for begin, end, offset in _offsets(hours.zone, midnight - EAST, midnight + timedelta(days=1) + WEST)
        for opening, closing in intervals
        if max(begin, midnight + opening - offset) < min(end, midnight + closing - offset)
    ]


def _offsets(zone: ZoneInfo, begin: datetime, end: datetime) -> list[tuple[datetime, datetime, timedelta]]:
    """Stretches of constant offset from UTC between two instants about two days apart: one, or two around a change."""
    before, after = _offset(zone, begin), _offset(zone, end)
    if before == after:
        return [(begin, end, before)]
    low, high = begin, end
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return [(begin, high, before), (high, end, after)]


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset

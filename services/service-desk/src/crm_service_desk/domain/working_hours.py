"""Working hours as people write them: overlapping or backward intervals and closed-for-ever calendars are refused."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm_kit.errors import InvalidArgument, Violation
from crm_service_desk.domain.calendar import CalendarNeverOpens, Hours, WorkingHours, add_working

WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
DAY_MINUTES = 24 * 60

Written = Sequence[dict[str, Any]]
"""Intervals or overrides as they stand in the contract and in the JSON columns."""


def parse(time_zone: str, weekly: Written, overrides: Written) -> WorkingHours:
    """Working hours from their written form; raises InvalidArgument with every fault."""
    faults: list[Violation] = []
    zone = _zone(time_zone, faults)
    days: dict[str, list[tuple[str, dict[str, Any]]]] = {name: [] for name in WEEKDAYS}
    for index, written in enumerate(weekly):
        if written.get("weekday") in days:
            days[written["weekday"]].append((f"weekly[{index}]", written))
        else:
            faults.append(
                Violation(f"weekly[{index}].weekday", "REQUIRED", "Choose a day of the week.", "请选择星期。")
            )
    week = tuple(_hours(days[name], "weekly", faults) for name in WEEKDAYS)
    dates: dict[date, Hours] = {}
    for index, written in enumerate(overrides):
        field = f"overrides[{index}]"
        day = _date(str(written.get("date", "")), field, dates, faults)
        intervals = [(f"{field}.intervals[{i}]", item) for i, item in enumerate(written.get("intervals", []))]
        found = _hours(intervals, f"{field}.intervals", faults)
        if day is not None:
            dates[day] = found
    if faults or zone is None:
        raise InvalidArgument(faults)
    return WorkingHours(zone, week, dates)


def check_opens(hours: WorkingHours, now: datetime) -> None:
    """A calendar without a working interval in the next 370 days is refused: a due time in it would never be found."""
    try:
        add_working(hours, now, timedelta())
    except CalendarNeverOpens as error:
        raise InvalidArgument.of("weekly", "NEVER_OPENS", error.text("en"), error.text("zh-CN")) from error


def _zone(name: str, faults: list[Violation]) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        en, zh = "Give an IANA time zone such as Asia/Shanghai.", "请填写 IANA 时区，例如 Asia/Shanghai。"
        faults.append(Violation("time_zone", "NOT_A_TIME_ZONE", en, zh))
        return None


def _date(text: str, field: str, known: Iterable[date], faults: list[Violation]) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        en, zh = "Give a date like 2026-05-01.", "请填写形如 2026-05-01 的日期。"
        faults.append(Violation(f"{field}.date", "NOT_A_DATE", en, zh))
        return None
    if day in known:
        en, zh = f"{text} is listed twice. Keep one.", f"{text} 重复出现，请只保留一个。"
        faults.append(Violation(f"{field}.date", "LISTED_TWICE", en, zh))
    return day


def _hours(written: Iterable[tuple[str, dict[str, Any]]], field: str, faults: list[Violation]) -> Hours:
    """The intervals of one day in order."""
    found: list[tuple[timedelta, timedelta]] = []
    for path, interval in written:
        start, end = _clock(interval, path, "start", faults), _clock(interval, path, "end", faults)
        if start is None or end is None:
            continue
        if end <= start:
            en, zh = (
                "The end must be after the start; midnight at the end is 24:00.",
                "结束时间须晚于开始时间；当天结束写作 24:00。",
            )
            faults.append(Violation(f"{path}.end", "ENDS_BEFORE_START", en, zh))
        found.append((start, end))
    found.sort()
    for (_, closing), (opening, _) in pairwise(found):
        if opening < closing:
            en, zh = "Intervals of one day overlap. Join them or move one.", "同一天的时间段重叠，请合并或调整。"
            faults.append(Violation(field, "INTERVALS_OVERLAP", en, zh))
    return tuple(found)


def _clock(interval: dict[str, Any], path: str, name: str, faults: list[Violation]) -> timedelta | None:
    text = str(interval.get(name, ""))
    hour, colon, minute = text.partition(":")
    if colon and len(hour) == len(minute) == len("00") and (hour + minute).isascii() and (hour + minute).isdigit():
        minutes = int(hour) * 60 + int(minute)
        if int(minute) < 60 and minutes <= DAY_MINUTES:
            return timedelta(minutes=minutes)
    en, zh = "Give a time of day like 09:00, at most 24:00.", "请填写形如 09:00 的时间，最晚 24:00。"
    faults.append(Violation(f"{path}.{name}", "NOT_A_TIME_OF_DAY", en, zh))
    return None

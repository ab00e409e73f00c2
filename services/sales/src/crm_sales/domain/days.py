"""Days of a calendar in a zone: a date is never midnight UTC (domain rule 0.1)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm_kit.errors import InvalidArgument

LAST_DAY = date(9998, 12, 31)
"""Later days end with it: the calendar of instants has no year 10000."""


def known_zone(name: str, field: str = "time_zone") -> str:
    """The name if it is an IANA zone; else InvalidArgument for the field."""
    if is_zone(name):
        return name
    raise InvalidArgument.of(
        field,
        "UNKNOWN_TIME_ZONE",
        f"{name!r} is not an IANA time zone. Give one such as Asia/Shanghai.",
        f"“{name}”不是 IANA 时区，请填写例如 Asia/Shanghai。",
    )


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether the zone database knows the name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def local_day(instant: datetime, zone: str) -> date:
    """The day it is in the zone at the instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def day_end(day: date, zone: str) -> datetime:
    """The instant the day ends in the zone: the first of the next day, in UTC."""
    day = min(day, LAST_DAY)
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)

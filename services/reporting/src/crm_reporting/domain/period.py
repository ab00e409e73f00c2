"""The period and zone a report looks at."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"
DEFAULT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` up to but without ``end``, in the zone's calendar; ``today`` is the day there now."""

    first: date
    end: date
    zone: ZoneInfo
    today: date

    @property
    def from_time(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def to_time(self) -> datetime:
        return datetime.combine(self.end, time(), self.zone)

    @property
    def is_partial(self) -> bool:
        """Whether the period is not over yet."""
        return self.today < self.end


def period_of(first: date | None, end: date | None, zone: ZoneInfo, now: datetime) -> Period:
    """The period asked for: up to and including today, and 90 days long, unless said otherwise."""
    today = now.astimezone(zone).date()
    until = end or today + timedelta(days=1)
    return Period(first or until - timedelta(days=DEFAULT_DAYS), until, zone, today)

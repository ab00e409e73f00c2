"""When something that comes again comes next: every so many days, weeks or months, at the same time of the local day."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm_sales.domain.days import LAST_DAY

MOST_STEPS = 365
DAYS = {"DAY": 1, "WEEK": 7}


def next_time(first: datetime, every: int, unit: str, after: datetime, zone: str) -> datetime | None:
    """The first time of the series later than ``after``, in UTC; None past the end of the calendar.

    Counted from ``first``, so that what begins on the 31st comes on the last day of a short month and on the 31st again
    after it; and by the clock of the zone, so that nine o'clock stays nine when summer time begins.
    """
    start, limit = first.astimezone(ZoneInfo(zone)), after.astimezone(ZoneInfo(zone))
    step = every * DAYS.get(unit, 0)
    if step:
        count = max(1, (limit.date() - start.date()).days // step)
    else:
        count = max(1, ((limit.year - start.year) * 12 + limit.month - start.month) // every)
    for steps in (count, count + 1):
        day = _day(start.date(), step * steps) if step else _month(start.date(), every * steps)
        if day is None:
            return None
        found = datetime.combine(day, start.timetz())
        if found > after:
            return found.astimezone(UTC)
    return None


def _day(first: date, days: int) -> date | None:
    return first + timedelta(days=days) if days <= (LAST_DAY - first).days else None


def _month(first: date, months: int) -> date | None:
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1])) if year <= LAST_DAY.year else None

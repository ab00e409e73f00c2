"""Small builders of the desk's facts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from crm_service_desk.domain.calendar import Hours, WorkingHours
from crm_service_desk.domain.history import Plan, Target, Terms

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE_DAY: Hours = (
    (timedelta(hours=9), timedelta(hours=12)),
    (timedelta(hours=13), timedelta(hours=18)),
)
SOME_TERMS = Terms(UUID(int=1), 1, UUID(int=2), 1)
WHOLE_DAY: Hours = ((timedelta(), timedelta(hours=24)),)


def office_hours(overrides: Mapping[date, Hours] | None = None) -> WorkingHours:
    """Monday to Friday 09–12 and 13–18 in Shanghai."""
    return WorkingHours(SHANGHAI, (OFFICE_DAY,) * 5 + ((), ()), overrides or {})


def always_open(zone: ZoneInfo) -> WorkingHours:
    return WorkingHours(zone, (WHOLE_DAY,) * 7)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def monday(text: str) -> datetime:
    """A time of day on Monday, 23 November 2026."""
    return shanghai(f"2026-11-23 {text}")


def tuesday(text: str) -> datetime:
    return shanghai(f"2026-11-24 {text}")


def minutes(amount: int) -> timedelta:
    return timedelta(minutes=amount)


def a_plan(first: int = 0, following: int = 0, resolution: int = 0, hours: WorkingHours | None = None) -> Plan:
    """Promises in working minutes; 0 promises nothing."""
    wanted = {Target.FIRST_RESPONSE: first, Target.NEXT_RESPONSE: following, Target.RESOLUTION: resolution}
    return Plan(
        SOME_TERMS, hours or office_hours(), {target: minutes(amount) for target, amount in wanted.items() if amount}
    )


def instant(stamp: Timestamp) -> datetime:
    """A time of a message."""
    return stamp.ToDatetime(tzinfo=UTC)


def stamp(moment: datetime) -> Timestamp:
    """A time for a message."""
    made = Timestamp()
    made.FromDatetime(moment)
    return made

"""Timestamps and durations as ProtoJSON text: RFC 3339 in UTC with 0, 3, 6 or 9 fraction digits, and ``1.5s``."""

import re
from datetime import date
from typing import Any

MIN_SECONDS = -62_135_596_800
MAX_SECONDS = 253_402_300_799
MAX_DURATION_SECONDS = 315_576_000_000
_DAY = 86_400
_SECOND = 1_000_000_000
_MOST_MINUTES = 50_000
_EPOCH = date(1970, 1, 1).toordinal()
_SECONDS = [f"{second:02d}" for second in range(60)]
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)
_minutes: dict[int, str] = {}


def timestamp_text(message: Any) -> str:
    """RFC 3339 of a ``google.protobuf.Timestamp``; ValueError outside the years 1 to 9999."""
    minute, second = divmod(message.seconds, 60)
    nanos = message.nanos
    # Two look-ups and one format: a page of fifty records shows hundreds of these.
    text = _minutes.get(minute) or _minute_text(minute)
    micros = nanos // 1_000
    if micros % 1_000 and micros * 1_000 == nanos < _SECOND:
        return f"{text}{_SECONDS[second]}.{micros:06d}Z"
    return f"{text}{_SECONDS[second]}{_fraction(nanos) if nanos else ''}Z"


def _minute_text(minute: int) -> str:
    day, rest = divmod(minute, 1440)
    # Most minutes of a page are shared or near; the bound only guards against strange data.
    if len(_minutes) > _MOST_MINUTES:
        _minutes.clear()
    try:
        text = f"{date.fromordinal(day + _EPOCH).isoformat()}T{rest // 60:02d}:{rest % 60:02d}:"
    except (ValueError, OverflowError) as error:
        raise ValueError("a timestamp lies outside the years 1 to 9999") from error
    return _minutes.setdefault(minute, text)


def _fraction(nanos: int) -> str:
    if not 0 <= nanos < _SECOND:
        raise ValueError(f"{nanos} nanoseconds are outside one second")
    micros, rest = divmod(nanos, 1_000)
    if rest:
        return f".{nanos:09d}"
    if micros % 1_000:
        return f".{micros:06d}"
    return f".{micros // 1_000:03d}" if micros else ""


def parse_timestamp(text: str) -> tuple[int, int]:
    """Seconds and nanoseconds since the epoch; ValueError when it is not an RFC 3339 timestamp."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, sign, offset_hour, offset_minute = match.groups()
    seconds = (date(int(year), int(month), int(day)).toordinal() - _EPOCH) * _DAY
    seconds += int(hour) * 3600 + int(minute) * 60 + int(second)
    if sign:
        offset = int(offset_hour) * 3600 + int(offset_minute) * 60
        seconds += -offset if sign == "+" else offset
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise ValueError(text)
    return seconds, int(fraction.ljust(9, "0")) if fraction else 0


def duration_text(message: Any) -> str:
    """``1.500s`` of a ``google.protobuf.Duration``; ValueError beyond ten thousand years or mixed signs."""
    seconds, nanos = message.seconds, message.nanos
    if abs(seconds) > MAX_DURATION_SECONDS or seconds * nanos < 0:
        raise ValueError(f"duration of {seconds} seconds and {nanos} nanoseconds is not valid")
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"


def parse_duration(text: str) -> tuple[int, int]:
    """Seconds and nanoseconds, both with the duration's sign; ValueError when it is not like ``1.5s``."""
    match = _DURATION.fullmatch(text)
    if match is None or int(match[2]) > MAX_DURATION_SECONDS:
        raise ValueError(text)
    sign = -1 if match[1] else 1
    return sign * int(match[2]), sign * int(match[3].ljust(9, "0")) if match[3] else 0

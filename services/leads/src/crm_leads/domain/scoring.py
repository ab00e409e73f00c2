"""How promising a lead is, with reasons: who it is and what it says (fit), what it did (engagement) (domain rule 2.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HALF_LIFE_DAYS = 30.0
TOP_REASONS = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """One contribution."""

    rule: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """0–100, the grade (fit A–D, engagement 1–4) and what moved it, largest first."""

    value: int
    grade: str
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a lead. ``touch_times``: valid touches, newest first, at most 20."""

    has_name: bool
    has_company: bool
    has_phone: bool
    has_email: bool
    company_email: bool
    has_credit_code: bool
    has_need: bool
    has_product_line: bool
    senior_title: bool
    suspicious_fields: int
    intent_count: int
    from_referral: bool
    touch_times: tuple[datetime, ...] = ()


FIT: tuple[tuple[str, int], ...] = (
    ("has_name", 5),
    ("has_company", 10),
    ("has_phone", 15),
    ("has_email", 8),
    ("company_email", 7),
    ("has_credit_code", 5),
    ("senior_title", 10),
    ("has_need", 12),
    ("has_product_line", 8),
    ("from_referral", 5),
)
SUSPICIOUS_POINTS = -6
INTENT_POINTS, INTENT_CAP = 6, 18
TOUCH_POINTS, TOUCH_CAP = 5, 20


def score(facts: Facts, now: datetime) -> Score:
    """Profile and key information count in full; interest and touches fade with a half-life of 30 days and are capped."""
    reasons = [Reason(name, points) for name, points in FIT if getattr(facts, name)]
    if facts.suspicious_fields:
        reasons.append(Reason("suspicious_fields", SUSPICIOUS_POINTS * facts.suspicious_fields))
    fit = sum(reason.points for reason in reasons)
    behaviour = [
        Reason("repeated_interest", min(INTENT_CAP, INTENT_POINTS * (facts.intent_count - 1))),
        Reason("touches", min(TOUCH_CAP, round(faded(facts.touch_times, now)))),
    ]
    engagement = sum(reason.points for reason in behaviour)
    reasons += [reason for reason in behaviour if reason.points]
    top = sorted(reasons, key=lambda reason: (-abs(reason.points), reason.rule))[:TOP_REASONS]
    return Score(max(0, min(100, fit + engagement)), grade(fit, engagement), tuple(top))


def faded(times: Iterable[datetime], now: datetime) -> float:
    """Points of touches, each halved every 30 days."""
    day = timedelta(days=1)
    return float(sum(TOUCH_POINTS * 0.5 ** (max(now - at, timedelta()) / day / HALF_LIFE_DAYS) for at in times))


def grade(fit: int, engagement: int) -> str:
    """Fit A–D and engagement 1–4, for example ``A1``."""
    letter = "A" if fit >= 55 else "B" if fit >= 35 else "C" if fit >= 20 else "D"
    number = 1 if engagement >= 20 else 2 if engagement >= 10 else 3 if engagement >= 5 else 4
    return f"{letter}{number}"

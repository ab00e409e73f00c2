"""How things are shown and written, per enterprise, unit and person (偏好设置, domain rule 8.10)."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import orjson
from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.notification import WORDINGS
from crm_identity.domain.record import Record
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.money import EXPONENTS

ENTERPRISE = "enterprise"
CONSOLE_LIMIT = 32 * 1024
PAGE = re.compile(r"/[A-Za-z0-9/_?=&.:-]{0,199}")

DEFAULTS: dict[str, Any] = {
    "language": "zh-CN",
    "date_format": "YYYY-MM-DD",
    "time_format": "24h",
    "number_format": "1,234.56",
    "time_zone": "Asia/Shanghai",
    "first_weekday": 1,
    "currency": "CNY",
    "theme": "system",
    "font_scale": 100,
    "density": "comfortable",
    "start_page": "/",
    "muted_notifications": [],
}
"""What counts where no level says anything."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "language": ("zh-CN", "en"),
    "date_format": ("YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "YYYY年M月D日"),
    "time_format": ("24h", "12h"),
    "number_format": ("1,234.56", "1.234,56", "1 234,56", "1234.56"),
    "first_weekday": (1, 2, 3, 4, 5, 6, 7),
    "theme": ("light", "dark", "system", "contrast"),
    "density": ("comfortable", "compact"),
}
RANGES = {"font_scale": (90, 150)}


class Preferences(Record):
    """What one level says; None where it says nothing. A person's language is the user's column, nowhere else."""

    __tablename__ = "preferences"

    holder: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None] = mapped_column(default=None)
    date_format: Mapped[str | None] = mapped_column(default=None)
    time_format: Mapped[str | None] = mapped_column(default=None)
    number_format: Mapped[str | None] = mapped_column(default=None)
    time_zone: Mapped[str | None] = mapped_column(default=None)
    first_weekday: Mapped[int | None] = mapped_column(default=None)
    currency: Mapped[str | None] = mapped_column(default=None)
    theme: Mapped[str | None] = mapped_column(default=None)
    font_scale: Mapped[int | None] = mapped_column(default=None)
    density: Mapped[str | None] = mapped_column(default=None)
    start_page: Mapped[str | None] = mapped_column(default=None)
    console: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    muted_notifications: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")

    __table_args__ = (Index("uq_preferences_holder", "holder", unique=True),)


def effective(levels: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What counts: ``levels`` from the enterprise down to the person; the last to say something is heard."""
    found: dict[str, Any] = {**DEFAULTS, "console": {}}
    for level in levels:
        for name, value in level.items():
            if name == "console":
                found["console"] |= value or {}
            elif name in DEFAULTS and value not in (None, []):
                found[name] = value
    return found


def check(values: Mapping[str, Any]) -> None:
    """Refuse every value nobody could show or write; None says nothing and is right."""
    wrong = [found for name, value in values.items() if value is not None and (found := _wrong(name, value))]
    if wrong:
        raise InvalidArgument(wrong)


def _wrong(name: str, value: Any) -> Violation | None:
    if name in CHOICES and value not in CHOICES[name]:
        allowed = ", ".join(map(str, CHOICES[name]))
        return Violation(name, "UNKNOWN_VALUE", f"Choose one of {allowed}.", f"请选择：{allowed}。")
    if name in RANGES and not RANGES[name][0] <= value <= RANGES[name][1]:
        low, high = RANGES[name]
        return Violation(name, "OUT_OF_RANGE", f"Choose {low} to {high}.", f"请填写 {low} 到 {high}。")
    if name == "time_zone" and value not in _zones():
        en, zh = "Give an IANA time zone such as Asia/Shanghai.", "请填写 IANA 时区，例如 Asia/Shanghai。"
        return Violation(name, "UNKNOWN_TIME_ZONE", en, zh)
    if name == "currency" and value not in EXPONENTS:
        en, zh = "Give an ISO 4217 code in circulation, such as CNY.", "请填写流通中的 ISO 4217 货币代码，例如 CNY。"
        return Violation(name, "NOT_A_CURRENCY", en, zh)
    if name == "start_page" and (not PAGE.fullmatch(value) or value.startswith("//")):
        en, zh = "Give a page of the console such as /leads.", "请填写控制台页面，例如 /leads。"
        return Violation(name, "NOT_A_PAGE", en, zh)
    if name == "muted_notifications" and not WORDINGS.keys() >= set(value):
        known = ", ".join(WORDINGS)
        return Violation(name, "UNKNOWN_VALUE", f"Choose among {known}.", f"请从以下值中选择：{known}。")
    if name == "console" and len(orjson.dumps(value)) > CONSOLE_LIMIT:
        return Violation(name, "TOO_LARGE", "Keep it below 32 kB.", "不能超过 32 kB。")
    return None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())

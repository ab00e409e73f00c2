"""The stages of a pipeline: what a set of them must look like, and what a deal needs to enter one (domain rule 4.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm_kit.errors import InvalidArgument, Violation

MOST_DAYS = 3650
CODE = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Status(StrEnum):
    """What a deal in a stage is."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class ForecastCategory(StrEnum):
    """How far a deal counts in a forecast (domain rule 4.4)."""

    OMITTED = "OMITTED"
    PIPELINE = "PIPELINE"
    BEST_CASE = "BEST_CASE"
    COMMIT = "COMMIT"
    CLOSED = "CLOSED"


CATEGORY_OF = {
    Status.OPEN: ForecastCategory.PIPELINE,
    Status.WON: ForecastCategory.CLOSED,
    Status.LOST: ForecastCategory.OMITTED,
}
"""Category of a stage that names none."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step. ``probability`` in percent; ``rot_days`` 0 means never."""

    code: str
    name_en: str = ""
    name_zh: str = ""
    status: Status = Status.OPEN
    probability: int = 0
    forecast_category: ForecastCategory = ForecastCategory.PIPELINE
    rot_days: int = 0
    required_fields: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Stage":
        """A stage as the pipeline keeps it: proto field names, absent when empty."""
        status = Status(stored.get("status", "OPEN"))
        return cls(
            code=stored.get("code", ""),
            name_en=stored.get("name_en", ""),
            name_zh=stored.get("name_zh", ""),
            status=status,
            probability=stored.get("probability", 0),
            forecast_category=ForecastCategory(stored.get("forecast_category", CATEGORY_OF[status])),
            rot_days=stored.get("rot_days", 0),
            required_fields=tuple(stored.get("required_fields", ())),
        )


def check_stages(stored: Sequence[dict[str, Any]], deal_fields: frozenset[str]) -> list[Violation]:
    """Everything wrong with a set of stages; ``deal_fields`` are the names a stage may require."""
    found = [fault for i, item in enumerate(stored) for fault in _stage_faults(f"stages[{i}]", item, deal_fields)]
    codes = [item.get("code", "") for item in stored]
    found += [
        _fault(f"stages[{i}].code", "REPEATED", f"{code!r} is there already.", f"代码“{code}”重复。")
        for i, code in enumerate(codes)
        if code in codes[:i]
    ]
    return found + _order_faults([str(item.get("status")) for item in stored])


def _stage_faults(path: str, item: dict[str, Any], deal_fields: frozenset[str]) -> list[Violation]:
    found = []
    if not CODE.fullmatch(str(item.get("code", ""))):
        found.append(
            _fault(f"{path}.code", "NOT_A_CODE", "Give a code in lower_snake_case.", "代码应为小写字母、数字和下划线。")
        )
    if item.get("status") not in set(Status):
        found.append(_fault(f"{path}.status", "REQUIRED", "Choose OPEN, WON or LOST.", "请选择 OPEN、WON 或 LOST。"))
    if not 0 <= item.get("probability", 0) <= 100:
        found.append(_fault(f"{path}.probability", "OUT_OF_RANGE", "Give 0 to 100.", "请填写 0 到 100。"))
    if not 0 <= item.get("rot_days", 0) <= MOST_DAYS:
        found.append(
            _fault(f"{path}.rot_days", "OUT_OF_RANGE", f"Give 0 to {MOST_DAYS}.", f"请填写 0 到 {MOST_DAYS}。")
        )
    return found + [
        _fault(f"{path}.required_fields", "UNKNOWN_FIELD", f"A deal has no field {name!r}.", f"商机没有字段“{name}”。")
        for name in item.get("required_fields", ())
        if name not in deal_fields and not name.startswith("custom_fields.")
    ]


def _order_faults(statuses: list[str]) -> list[Violation]:
    found = [
        _fault("stages", "STATUS_MISSING", f"At least one stage must be {wanted}.", f"至少需要一个 {wanted} 阶段。")
        for wanted in Status
        if wanted not in statuses
    ]
    order = [list(Status).index(Status(status)) for status in statuses if status in set(Status)]
    if order != sorted(order):
        found.append(
            _fault(
                "stages", "ORDER", "Order the stages: open, then won, then lost.", "阶段顺序应为：进行中、赢单、输单。"
            )
        )
    return found


def refuse_bad_stages(stored: Sequence[dict[str, Any]], deal_fields: frozenset[str]) -> None:
    """InvalidArgument with everything wrong at once."""
    if found := check_stages(stored, deal_fields):
        raise InvalidArgument(found)


def _fault(field_name: str, reason: str, en: str, zh: str) -> Violation:
    return Violation(field_name, reason, en, zh)

"""What is promised for which tickets."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.errors import InvalidArgument, Violation
from crm_service_desk.domain.history import Target
from crm_service_desk.domain.record import Record
from crm_service_desk.domain.states import PAUSES_BY_DEFAULT, WAITING

LONGEST_MINUTES = 366 * 24 * 60
"""A promise longer than a year is a typing error."""

MINUTES_OF = {
    Target.FIRST_RESPONSE: "first_response_minutes",
    Target.NEXT_RESPONSE: "next_response_minutes",
    Target.RESOLUTION: "resolution_minutes",
}


class SlaPolicy(Record):
    """The first policy by position whose filter holds for a ticket gives its targets; the default one holds for all."""

    __tablename__ = "sla_policy"
    __unscoped__ = "everybody who works on tickets may know what was promised"

    name: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(Integer(), default=0)
    filter: Mapped[str] = mapped_column(default="")
    calendar_id: Mapped[UUID | None] = mapped_column(ForeignKey("calendar.id"), default=None)
    targets: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    pause_states: Mapped[list[str]] = mapped_column(default_factory=list)
    close_after_minutes: Mapped[int] = mapped_column(Integer(), default=0)
    reopen_days: Mapped[int] = mapped_column(Integer(), default=0)
    is_default: Mapped[bool] = mapped_column(default=False)
    disabled: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index("uq_sla_policy_is_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    @property
    def pauses(self) -> frozenset[str]:
        """States in which the resolution clock stands still."""
        return frozenset(self.pause_states) or PAUSES_BY_DEFAULT

    def targets_for(self, priority: str) -> dict[Target, timedelta]:
        """What is promised to tickets of this priority, in working time."""
        written = next((item for item in self.targets if item.get("priority") == priority), {})
        return {
            target: timedelta(minutes=written[field]) for target, field in MINUTES_OF.items() if written.get(field, 0)
        }

    def check(self) -> None:
        """Raises InvalidArgument with everything that contradicts itself."""
        faults = list(_target_faults(self.targets))
        for index, state in enumerate(self.pause_states):
            if state not in WAITING:
                allowed = ", ".join(sorted(WAITING))
                en, zh = f"Only waiting pauses a clock: {allowed}.", f"只有等待状态可以暂停计时：{allowed}。"
                faults.append(Violation(f"pause_states[{index}]", "NOT_A_WAITING_STATE", en, zh))
        for field in ("close_after_minutes", "reopen_days"):
            faults += _range_faults(field, getattr(self, field))
        if self.is_default and self.filter:
            en, zh = (
                "The default policy is for all other tickets: leave its filter empty.",
                "默认策略适用于其余所有工单，请留空筛选条件。",
            )
            faults.append(Violation("filter", "DEFAULT_HAS_FILTER", en, zh))
        if self.is_default and self.disabled:
            en, zh = "Make another policy the default before switching this one off.", "停用前请先将其他策略设为默认。"
            faults.append(Violation("disabled", "DEFAULT_DISABLED", en, zh))
        if faults:
            raise InvalidArgument(faults)


def _range_faults(path: str, amount: int) -> Iterable[Violation]:
    if not 0 <= amount <= LONGEST_MINUTES:
        en, zh = f"Give 0 to {LONGEST_MINUTES}, a year in minutes.", f"请填写 0 至 {LONGEST_MINUTES}（一年的分钟数）。"
        yield Violation(path, "OUT_OF_RANGE", en, zh)


def _target_faults(targets: list[dict[str, Any]]) -> Iterable[Violation]:
    known = set[str]()
    for index, written in enumerate(targets):
        path, priority = f"targets[{index}]", written.get("priority", "")
        if not priority:
            yield Violation(f"{path}.priority", "REQUIRED", "Choose a priority.", "请选择优先级。")
        elif priority in known:
            en, zh = f"{priority} has targets already. Keep one line.", f"{priority} 已有目标，请只保留一行。"
            yield Violation(f"{path}.priority", "LISTED_TWICE", en, zh)
        known.add(priority)
        for field in MINUTES_OF.values():
            yield from _range_faults(f"{path}.{field}", written.get(field, 0))
        resolution = written.get("resolution_minutes", 0)
        for field in ("first_response_minutes", "next_response_minutes"):
            if resolution and written.get(field, 0) > resolution:
                en, zh = (
                    "A response is due before the solution: give fewer minutes.",
                    "响应时限不得晚于解决时限，请填写更小的分钟数。",
                )
                yield Violation(f"{path}.{field}", "LATER_THAN_RESOLUTION", en, zh)

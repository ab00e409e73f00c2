"""What a person has to do: open, begun, done or cancelled, and taken up again (domain rule 4.9)."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import newest_index, scope_index
from crm_kit.errors import FailedPrecondition, InvalidArgument, Violation
from crm_sales.domain.days import day_end, local_day
from crm_sales.domain.record import Record, Searchable, search_indexes
from crm_sales.domain.recurrence import MOST_STEPS, next_time

UNDONE = ("OPEN", "DOING")
CUSTOMER, LEAD = "customers.customer", "leads.lead"
OPPORTUNITY, CONTRACT = "sales.opportunity", "sales.contract"
RECORD_TYPES = (CUSTOMER, "customers.contact", LEAD, OPPORTUNITY, CONTRACT, "service_desk.ticket")
"""Resources a task may be about, as permissions name them."""
MORNING = time(9)
"""When somebody is reminded of what is to be done in the course of a day."""
LAST_SECOND = timedelta(seconds=1)


class TaskNotInState(FailedPrecondition):
    """The verb does not fit the state. Facts: number, state, allowed."""

    en = "The task {number} is {state}; this needs it to be {allowed}."
    zh = "任务 {number} 当前为 {state}，此操作需要 {allowed}。"


class Task(Searchable, Record):
    """One thing to do, by a time or whenever there is time."""

    __tablename__ = "task"
    __searched__ = ("number", "subject")
    __table_args__ = (
        scope_index("task"),
        newest_index("task"),
        *search_indexes("task"),
        Index("ix_task_owner_due", "owner_id", "due_time", postgresql_where=text("state IN ('OPEN', 'DOING')")),
        Index("ix_task_unit_due", "unit_path", "due_time"),
        Index("ix_task_record", "record_id"),
        Index("ix_task_customer_id", "customer_id"),
    )

    number: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="TO_DO")
    priority: Mapped[str] = mapped_column(default="NORMAL")
    state: Mapped[str] = mapped_column(default="OPEN")
    due_time: Mapped[datetime | None] = mapped_column(default=None)
    all_day: Mapped[bool] = mapped_column(default=False)
    original_due_time: Mapped[datetime | None] = mapped_column(default=None)
    remind_time: Mapped[datetime | None] = mapped_column(default=None)
    record_type: Mapped[str] = mapped_column(default="")
    record_id: Mapped[UUID | None] = mapped_column(default=None)
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    repeat_every: Mapped[int] = mapped_column(default=0)
    repeat_unit: Mapped[str] = mapped_column(default="")
    repeat_from_time: Mapped[datetime | None] = mapped_column(default=None)
    next_task_id: Mapped[UUID | None] = mapped_column(default=None)
    outcome: Mapped[str] = mapped_column(default="")
    complete_time: Mapped[datetime | None] = mapped_column(default=None)
    completed_late: Mapped[bool] = mapped_column(default=False)
    creator_id: Mapped[UUID | None] = mapped_column(default=None)

    def settle(self, zone: str) -> None:
        """Fill what was left out and bring an all-day task to the end of its day; InvalidArgument if it cannot be true."""
        self.kind, self.priority = self.kind or "TO_DO", self.priority or "NORMAL"
        if wrong := [*self._wrong_record(), *self._wrong_times(), *self._wrong_recurrence()]:
            raise InvalidArgument(wrong)
        if self.all_day and self.due_time is not None:
            self.due_time = day_end(local_day(self.due_time, zone), zone) - LAST_SECOND

    def plan(self) -> None:
        """What the first due time was is kept; its series counts from the present one."""
        self.original_due_time = self.original_due_time or self.due_time
        self.repeat_from_time = self.due_time

    def reminder_time(self, zone: str) -> datetime | None:
        """When the owner of an undone task is reminded; None when there is nothing to be in time for."""
        if self.state not in UNDONE:
            return None
        if self.remind_time is not None or self.due_time is None or not self.all_day:
            return self.remind_time or self.due_time
        return datetime.combine(local_day(self.due_time, zone), MORNING, ZoneInfo(zone))

    @property
    def untouched(self) -> bool:
        """Whether nobody has changed it since it was made: its first version is the only one."""
        return self.state == "OPEN" and self.version == 1

    def need_undone(self) -> None:
        """TaskNotInState of what is done or cancelled: it says who did it."""
        self._need(*UNDONE)

    def start(self) -> None:
        self._need("OPEN")
        self.state = "DOING"

    def complete(self, outcome: str, now: datetime) -> None:
        """Done after it was due is late, and stays visible as such."""
        self._need(*UNDONE)
        self.state, self.outcome, self.complete_time = "DONE", outcome, now
        self.completed_late = self.due_time is not None and now > self.due_time

    def cancel(self) -> None:
        self._need(*UNDONE)
        self.state = "CANCELLED"

    def reopen(self) -> None:
        """As if it had never ended; what came of it goes."""
        self._need("DONE", "CANCELLED")
        self.state, self.outcome, self.complete_time, self.completed_late = "OPEN", "", None, False

    def following(self, now: datetime, zone: str) -> "Task | None":
        """The next of the series, for the same owner; None when it does not come again or there is one already.

        Times that passed while nobody did it are left out: a neglected daily task is not to be done ten times.
        """
        if not self.repeat_every or self.next_task_id is not None or self.due_time is None:
            return None
        first = self.repeat_from_time or self.due_time
        due = next_time(first, self.repeat_every, self.repeat_unit, max(now, self.due_time), zone)
        if due is None:
            return None
        lead = None if self.remind_time is None else self.due_time - self.remind_time
        return Task(
            subject=self.subject,
            description=self.description,
            kind=self.kind,
            priority=self.priority,
            due_time=due,
            all_day=self.all_day,
            original_due_time=due,
            remind_time=None if lead is None else due - lead,
            record_type=self.record_type,
            record_id=self.record_id,
            customer_id=self.customer_id,
            repeat_every=self.repeat_every,
            repeat_unit=self.repeat_unit,
            repeat_from_time=first,
            creator_id=self.creator_id,
            owner_id=self.owner_id,
            unit_path=self.unit_path,
            custom_fields=dict(self.custom_fields),
        )

    def _need(self, *allowed: str) -> None:
        if self.state not in allowed:
            raise TaskNotInState(number=self.number, state=self.state, allowed=", ".join(allowed))

    def _wrong_record(self) -> list[Violation]:
        if self.record_type and self.record_type not in RECORD_TYPES:
            choices = ", ".join(RECORD_TYPES)
            return [Violation("record_type", "UNKNOWN_VALUE", f"Choose one of {choices}.", f"请选择：{choices}。")]
        if bool(self.record_type) == (self.record_id is not None):
            return []
        missing = "record_id" if self.record_type else "record_type"
        en = "A record is named by its type and its id: give both or neither."
        return [Violation(missing, "REQUIRED", en, "关联记录由类型和编号共同指定：请同时填写或都留空。")]

    def _wrong_times(self) -> list[Violation]:
        if self.due_time is not None:
            return []
        if self.all_day:
            return [Violation("due_time", "REQUIRED", "Name the day of an all-day task.", "全天任务请填写日期。")]
        if self.repeat_every:
            en = "What comes again needs a time to count from."
            return [Violation("due_time", "REQUIRED", en, "重复任务请填写截止时间。")]
        return []

    def _wrong_recurrence(self) -> list[Violation]:
        if not 0 <= self.repeat_every <= MOST_STEPS:
            en, zh = f"Give 0 to {MOST_STEPS}.", f"请填写 0 到 {MOST_STEPS}。"
            return [Violation("repeat_every", "OUT_OF_RANGE", en, zh)]
        if bool(self.repeat_every) == bool(self.repeat_unit):
            return []
        missing = "repeat_unit" if self.repeat_every else "repeat_every"
        en = "Say how many days, weeks or months lie between: give both or neither."
        return [Violation(missing, "REQUIRED", en, "请同时填写重复间隔和单位，或都留空。")]

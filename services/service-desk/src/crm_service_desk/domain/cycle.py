"""One cycle of one SLA clock while it is counted: from its start, through pauses, to being kept or given up."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crm_service_desk.domain.calendar import Span, add_working, working_spans
from crm_service_desk.domain.history import Plan, Target

RETARGET = "retarget"
CARRIED = "carried"


class ClockState(StrEnum):
    """How a promise stands."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    MET = "MET"
    BREACHED_RUNNING = "BREACHED_RUNNING"
    BREACHED_PAUSED = "BREACHED_PAUSED"
    MET_LATE = "MET_LATE"
    CANCELLED = "CANCELLED"


KEPT = frozenset({ClockState.MET, ClockState.MET_LATE})


@dataclass(frozen=True, slots=True)
class Clock:
    """A promise and how it stands at one instant.

    ``due_time`` is exact, and None while paused or given up in time; ``counted`` are the spans of working time that
    made ``elapsed``, those of earlier cycles included; ``overrun`` is working time beyond the promise.
    """

    target: Target
    number: int
    state: ClockState
    start_time: datetime
    end_time: datetime | None
    due_time: datetime | None
    limit: timedelta
    elapsed: timedelta
    breach_time: datetime | None
    breach_cause: str
    counted: tuple[Span, ...]
    plan: Plan

    @property
    def overrun(self) -> timedelta:
        return max(self.elapsed - self.limit, timedelta()) if self.breach_time is not None else timedelta()


@dataclass(slots=True)
class Cycle:
    """Counts working time by the plan of the moment.

    ``counting_since`` is the start of the present run, None while paused; ``counted`` holds the runs before it.
    ``breach_time`` is the exact instant the promise was broken; nothing takes a breach back.
    """

    target: Target
    number: int
    start_time: datetime
    plan: Plan
    counted: list[Span] = field(default_factory=list)
    counting_since: datetime | None = None
    breach_time: datetime | None = None
    breach_cause: str = ""
    end_time: datetime | None = None
    due_at_end: datetime | None = None
    cancelled: bool = False

    @property
    def limit(self) -> timedelta | None:
        """Working time promised; None promises nothing, yet time is counted in case that changes."""
        return self.plan.targets.get(self.target)

    @property
    def elapsed(self) -> timedelta:
        return sum((end - start for start, end in self.counted), timedelta())

    def run(self, now: datetime) -> None:
        if self.counting_since is None:
            self.counting_since = now

    def pause(self, now: datetime) -> None:
        """Count the run that ends now; it broke the promise if it reached the due instant before."""
        since = self.counting_since
        if since is None:
            return
        due = self._due(now)
        if due is not None and due < now and self.breach_time is None:
            self.breach_time = due
        self.counted += working_spans(self.plan.hours, since, now)
        self.counting_since = None

    def keep(self, now: datetime) -> None:
        """What was promised has happened; at the due instant itself it is in time."""
        self.due_at_end = self._due(now)
        self.pause(now)
        self.end_time = now

    def give_up(self, now: datetime) -> None:
        """Nobody waits for it any longer."""
        self.pause(now)
        self.end_time, self.cancelled = now, True

    def replan(self, plan: Plan, now: datetime) -> None:
        """Other promises: time counted is kept; a due time that falls into the past breaks now, and nobody was slow."""
        running = self.counting_since is not None
        self.pause(now)
        self.plan = plan
        if self.breach_time is None and self.limit is not None and self.elapsed > self.limit:
            self.breach_time, self.breach_cause = now, RETARGET
        if running:
            self.run(now)

    def next(self, plan: Plan, now: datetime) -> "Cycle":
        """The cycle after a reopening: goes on from the time counted, a breach stays with it."""
        cycle = Cycle(self.target, self.number + 1, now, plan, counted=list(self.counted), breach_time=self.breach_time)
        if cycle.breach_time is not None:
            cycle.breach_cause = CARRIED
        cycle.replan(plan, now)
        cycle.run(now)
        return cycle

    def seen(self, now: datetime) -> Clock | None:
        """How it stands; None when nothing was promised."""
        settled = replace(self, counted=list(self.counted))
        settled.pause(now)
        if self.limit is None and settled.breach_time is None:
            return None
        return Clock(
            target=self.target,
            number=self.number,
            state=self._state(late=settled.breach_time is not None),
            start_time=self.start_time,
            end_time=self.end_time,
            due_time=settled.breach_time or self._due_seen(now),
            limit=self.limit or timedelta(),
            elapsed=settled.elapsed,
            breach_time=settled.breach_time,
            breach_cause=settled.breach_cause,
            counted=tuple(settled.counted),
            plan=self.plan,
        )

    def _due_seen(self, now: datetime) -> datetime | None:
        if self.end_time is not None:
            return self.due_at_end
        return None if self.counting_since is None else self._due(now)

    def _due(self, now: datetime) -> datetime | None:
        """When the promised time is used up if it counts from the start of the run, or from now when paused."""
        if self.limit is None:
            return None
        left = max(self.limit - self.elapsed, timedelta())
        return add_working(self.plan.hours, self.counting_since or now, left)

    def _state(self, *, late: bool) -> ClockState:
        if self.end_time is not None and not self.cancelled:
            return ClockState.MET_LATE if late else ClockState.MET
        if self.cancelled:
            return ClockState.BREACHED_PAUSED if late else ClockState.CANCELLED
        if self.counting_since is None:
            return ClockState.BREACHED_PAUSED if late else ClockState.PAUSED
        return ClockState.BREACHED_RUNNING if late else ClockState.RUNNING

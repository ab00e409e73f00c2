"""The SLA clocks of a ticket as a pure function of its history: the same history gives the same clocks, at any time.

first response  from the first moment to the first public reply of a person; nothing pauses it, and it never comes back.
next response   from the customer's first unanswered message to the reply; exists only while the first one is closed.
resolution      from the first moment to RESOLVED, without the policy's pause states; goes on after a reopening.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from crm_service_desk.domain.calendar import Span, working_spans
from crm_service_desk.domain.cycle import Clock, ClockState, Cycle
from crm_service_desk.domain.history import AgentReplied, CustomerWrote, Entered, Moment, Plan, Planned, Target
from crm_service_desk.domain.states import SOLVED, UNSOLVED


def clocks(history: Sequence[Moment], now: datetime) -> tuple[Clock, ...]:
    """Every clock with every cycle of it as they stand at ``now``, in the order they started.

    ``history`` is in order of time and begins with Planned and Entered; ``now`` is not before its last moment. Raises
    CalendarNeverOpens when a due time cannot be found.
    """
    ledger = _Ledger()
    for moment in history:
        match moment:
            case Planned():
                ledger.planned(moment.time, moment.plan)
            case Entered():
                ledger.entered(moment.time, moment.state)
            case CustomerWrote():
                ledger.customer_wrote(moment.time)
            case AgentReplied():
                ledger.agent_replied(moment.time)
    return tuple(clock for cycle in ledger.cycles if (clock := cycle.seen(now)) is not None)


def expected_spans(clock: Clock, now: datetime) -> Iterator[Span]:
    """What a clock in time is going to count until it falls due, if nothing happens before."""
    if clock.state is ClockState.RUNNING and clock.due_time is not None:
        yield from working_spans(clock.plan.hours, now, clock.due_time)


class _Ledger:
    """The cycles so far, told one moment after the other."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.state = ""
        self.cycles: list[Cycle] = []

    def planned(self, now: datetime, plan: Plan) -> None:
        self.plan = plan
        for cycle in self.cycles:
            if cycle.end_time is None:
                cycle.replan(plan, now)
        if self.cycles:
            self._follow_state(now)

    def entered(self, now: datetime, state: str) -> None:
        if not self.cycles:
            self._begin(Target.FIRST_RESPONSE, now)
            self._begin(Target.RESOLUTION, now)
        if state not in UNSOLVED:
            self._give_up_responses(now)
        self.state = state
        self._follow_state(now)

    def _follow_state(self, now: datetime) -> None:
        """Let the resolution clock run, stand or end as the ticket's state says."""
        assert self.plan is not None, "a history begins with Planned"
        resolution = self._latest(Target.RESOLUTION)
        assert resolution is not None
        if self.state in UNSOLVED:
            if resolution.end_time is not None:
                resolution = resolution.next(self.plan, now)
                self.cycles.append(resolution)
            if self.state in self.plan.pause_states:
                resolution.pause(now)
            else:
                resolution.run(now)
        elif resolution.end_time is None and self.state in SOLVED:
            resolution.keep(now)
        elif resolution.end_time is None:
            resolution.give_up(now)

    def customer_wrote(self, now: datetime) -> None:
        if self._open(Target.FIRST_RESPONSE) is None and self._open(Target.NEXT_RESPONSE) is None:
            self._begin(Target.NEXT_RESPONSE, now)

    def agent_replied(self, now: datetime) -> None:
        answered = self._open(Target.FIRST_RESPONSE) or self._open(Target.NEXT_RESPONSE)
        if answered is not None:
            answered.keep(now)

    def _give_up_responses(self, now: datetime) -> None:
        for target in (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE):
            cycle = self._open(target)
            if cycle is not None:
                cycle.give_up(now)

    def _begin(self, target: Target, now: datetime) -> None:
        assert self.plan is not None, "a history begins with Planned"
        latest = self._latest(target)
        self.cycles.append(
            Cycle(target, 1 if latest is None else latest.number + 1, now, self.plan, counting_since=now)
        )

    def _latest(self, target: Target) -> Cycle | None:
        return next((cycle for cycle in reversed(self.cycles) if cycle.target is target), None)

    def _open(self, target: Target) -> Cycle | None:
        latest = self._latest(target)
        return latest if latest is not None and latest.end_time is None else None

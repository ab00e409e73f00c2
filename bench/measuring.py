"""CPU time of process trees over a batch, and two sides measured in turns.

CPU seconds are what the kernel accounted to the processes, children that ended included; what they burn while nobody
asks anything is measured before and taken off. Wall time on a shared machine is only shown, never judged.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]

Work = Callable[[], int]
"""Does a batch and answers how many operations it was."""


@dataclass(frozen=True)
class Cost:
    """CPU µs per operation by process, and operations per wall second."""

    parts: Mapping[str, float]
    rate: float

    @property
    def total(self) -> float:
        return sum(self.parts.values())


@dataclass
class Machine:
    """The processes that are counted, by the name they are shown under."""

    trees: Mapping[str, list[int]]
    idle: dict[str, float] = field(default_factory=dict)
    """CPU share each burns while nothing is asked of it."""

    def cpu(self) -> dict[str, float]:
        """CPU seconds of every tree since it began."""
        return {name: sum(map(tree_seconds, pids)) for name, pids in self.trees.items()}

    def settle(self, seconds: float) -> None:
        """Learn what the processes burn by themselves."""
        before, began = self.cpu(), time.perf_counter()
        time.sleep(seconds)
        wall = time.perf_counter() - began
        self.idle = {name: (spent - before[name]) / wall for name, spent in self.cpu().items()}

    def measure(self, work: Work) -> Cost:
        """One batch."""
        before, own, began = self.cpu(), time.process_time(), time.perf_counter()
        count = work()
        wall, own = time.perf_counter() - began, time.process_time() - own
        spent = {name: now - before[name] - self.idle.get(name, 0.0) * wall for name, now in self.cpu().items()}
        micro = {name: max(0.0, seconds) * 1e6 / count for name, seconds in spent.items()}
        return Cost({**micro, "caller": own * 1e6 / count}, count / wall)


def tree_seconds(pid: int) -> float:
    """CPU seconds of a process, its children alive and those it has waited for."""
    root = psutil.Process(pid)
    total = 0.0
    # Children first: one that ends meanwhile is then found again in what its parent has waited for.
    for process in [*root.children(recursive=True), root]:
        try:
            spent = process.cpu_times()
        except psutil.Error:
            continue
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def in_turns(machine: Machine, ours: Work, limit: Work | None, rounds: int) -> tuple[Cost, Cost | None]:
    """A B A B …, after one unmeasured batch of each; the medians part by part."""
    ours()
    if limit is not None:
        limit()
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(machine.measure(ours))
        if limit is not None:
            theirs.append(machine.measure(limit))
    return median(mine), median(theirs) if theirs else None


def median(costs: list[Cost]) -> Cost:
    """The middle of several batches, by part."""
    parts = {name: statistics.median(cost.parts[name] for cost in costs) for name in costs[0].parts}
    return Cost(parts, statistics.median(cost.rate for cost in costs))

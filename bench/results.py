"""What was measured, judged against its goals, as a table people read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measuring import Cost

RIVAL_TPS = 17_100
RIVAL_CORES = 2
RIVAL_US = RIVAL_CORES * 1e6 / RIVAL_TPS
"""CPU µs of one `pgbench -S` transaction, client and server, on the machine on which the goals were set."""


@dataclass(frozen=True)
class Goal:
    """``number`` is what must be kept, in the unit of ``value``; ``at_most`` tells the direction."""

    says: str
    number: float
    value: float
    unit: str
    at_most: bool = True

    @property
    def met(self) -> bool:
        return self.value <= self.number if self.at_most else self.value >= self.number


@dataclass
class Measured:
    """One operation: its cost by process, its limit in the same run, its goals."""

    name: str
    cost: Cost | None = None
    limit: Cost | None = None
    limit_is: str = ""
    goals: list[Goal] = field(default_factory=list)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.cost_without_caller / self.limit.total if self.cost and self.limit else None

    @property
    def cost_without_caller(self) -> float:
        """The client that asks is not part of the platform."""
        assert self.cost is not None
        return sum(value for name, value in self.cost.parts.items() if name != "caller")


def under_rival(measured: Measured, milliseconds: float, pgbench_us: float) -> Measured:
    """Add the goal set against the rival, scaled by the reference of this run."""
    scaled = milliseconds * pgbench_us / RIVAL_US
    says = f"≤ {milliseconds:g} ms, here {scaled:.2f}"
    measured.goals.append(Goal(says, scaled, measured.cost_without_caller / 1000, "ms"))
    return measured


def under_ratio(measured: Measured, most: float) -> Measured:
    """Add the goal against the limit of the same run."""
    assert measured.ratio is not None
    measured.goals.append(Goal(f"≤ {most:g} × limit", most, measured.ratio, "×"))
    return measured


def table(rows: Sequence[Measured]) -> str:
    """Markdown: one row per operation and goal."""
    lines = [
        "| operation | CPU ms per operation | limit in the same run | goal | measured | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        goals: Sequence[Goal | None] = row.goals or [None]
        for number, goal in enumerate(goals):
            first = number == 0
            cells = [row.name, _cost(row), _limit(row)] if first else ["", "", ""]
            cells += (
                [goal.says, _number(goal.value) + " " + goal.unit, "met" if goal.met else "**missed**"]
                if goal
                else ["", "", ""]
            )
            lines.append("| " + " | ".join(cells) + " |")
        if row.note:
            lines.append(f"| | {row.note} | | | | |")
    return "\n".join(lines)


def _cost(row: Measured) -> str:
    if row.cost is None:
        return ""
    parts = {name: value for name, value in row.cost.parts.items() if name != "caller" and value >= 5}
    shown = " + ".join(f"{name} {value / 1000:.2f}" for name, value in parts.items())
    return f"**{row.cost_without_caller / 1000:.2f}** = {shown}"


def _limit(row: Measured) -> str:
    if row.limit is None:
        return row.limit_is
    return f"{row.limit.total / 1000:.3f} ms: {row.limit_is}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def write(file: Path, size: str, machine: Sequence[str], rows: Sequence[Measured]) -> None:
    """Replace the page."""
    missed = [
        f"{row.name} ({goal.says}, measured {_number(goal.value)} {goal.unit})"
        for row in rows
        for goal in row.goals
        if not goal.met
    ]
    parts = [
        "# Results of `make bench`",
        f"Size `{size}`. CPU time of all processes per operation, medians of interleaved batches; see [README.md](README.md).",
        "\n".join(machine),
        table(rows),
        "Missed: " + ("; ".join(missed) if missed else "nothing") + ".",
    ]
    file.write_text("\n\n".join(parts) + "\n")

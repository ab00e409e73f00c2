"""Readable output: one coloured, aligned name per process, one line per step with its seconds."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

COLOURS = ("36", "33", "35", "32", "34", "96", "93", "95", "92")
GREEN, RED, YELLOW, BOLD, DIM = "32", "31", "33", "1", "2"
NAME_WIDTH = 12


class Console:
    """Writes whole lines to standard output; in colour for people, not into a pipe (``NO_COLOR``, ``FORCE_COLOR``)."""

    def __init__(self) -> None:
        wanted = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self.coloured = "NO_COLOR" not in os.environ and (wanted or "FORCE_COLOR" in os.environ)
        self.names: dict[str, str] = {}

    def paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.coloured else text

    def line(self, text: str = "") -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def of(self, name: str, text: str) -> None:
        """A line that process ``name`` wrote."""
        colour = self.names.setdefault(name, COLOURS[len(self.names) % len(COLOURS)])
        self.line(f"{self.paint(f'{name:<{NAME_WIDTH}} │', colour)} {text}")

    def done(self, what: str, seconds: float) -> None:
        self.line(f"{self.paint('✓', GREEN)} {what:<44} {self.paint(f'{seconds:5.1f} s', DIM)}")

    def note(self, text: str) -> None:
        self.line(f"{self.paint('•', YELLOW)} {text}")

    def failed(self, text: str) -> None:
        self.line(f"{self.paint('✗', RED)} {text}")

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A line when the block is done; a block that raises writes its own story."""
        started = time.monotonic()
        yield
        self.done(what, time.monotonic() - started)

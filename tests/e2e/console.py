"""Console sessions written in Markdown: read them, type them into a shell, compare what comes back."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

PROMPT, REST = "$ ", "> "
ANYTHING = "…"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CHANGES = re.compile(r"\bcrm (?:do|create|update|delete|login|logout|leads import)\b|-X |--data| -d ")


@dataclass
class Command:
    """What is typed, where it stands, and the lines that are to come back; ``…`` stands for anything."""

    text: str
    line: int
    expected: list[str] = field(default_factory=list)

    @property
    def only_asks(self) -> bool:
        """May be asked again until what others were told has arrived there."""
        return not _CHANGES.search(self.text)

    def matches(self, lines: list[str]) -> bool:
        return _matches(self.expected, lines)


def read(page: Path) -> list[Command]:
    """The commands of all console blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [command for block in _BLOCK.finditer(text) for command in _commands(block, text)]


def _commands(block: re.Match[str], text: str) -> Iterator[Command]:
    first = text.count("\n", 0, block.start(1)) + 1
    command: Command | None = None
    for number, line in enumerate(block[1].splitlines(), start=first):
        if line.startswith(PROMPT):
            if command is not None:
                yield command
            command = Command(line[len(PROMPT) :], number)
        elif command is not None and line.startswith(REST) and not command.expected:
            command.text += "\n" + line[len(REST) :]
        elif command is not None:
            command.expected.append(line.rstrip())
        else:
            raise ValueError(f"line {number} stands before the first command of its block: {line}")
    if command is not None:
        yield command


def _matches(expected: list[str], lines: list[str]) -> bool:
    """A line that is only ``…`` stands for any number of lines, elsewhere ``…`` for any text within its line."""
    if not expected:
        return not lines
    if expected[0].strip() == ANYTHING:
        return any(_matches(expected[1:], lines[skipped:]) for skipped in range(len(lines) + 1))
    if not lines:
        return False
    pattern = ".*".join(re.escape(part) for part in expected[0].split(ANYTHING))
    return re.fullmatch(pattern, lines[0]) is not None and _matches(expected[1:], lines[1:])


class Shell:
    """One bash session: variables and functions last from command to command."""

    _END = "--end-of-command--"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def type(self, command: str, *, seconds: float = 60.0) -> list[str]:
        """Run a command; answers what it wrote, on both streams, without blanks at line ends."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\necho; echo {self._END}\n")
        self._process.stdin.flush()
        deadline, written = time.monotonic() + seconds, list[str]()
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise TimeoutError(f"no end after {seconds} s: {command}\n" + "\n".join(written)) from None
            if line == self._END:
                # The blank line before the mark is ours, or ends a last line that had no end of its own.
                return [each.rstrip() for each in (written[:-1] if written and not written[-1] else written)]
            written.append(line)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

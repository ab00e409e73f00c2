"""Keeps a set of processes running: starts them, waits until they can work, restarts what crashes, stops all."""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from crm_kit.testing.processes import dying_with_parent, identity
from crm_local.console import Console

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
STEADY_SECONDS = 60.0
TRIES_AT_START = 3
TAIL_LINES = 12
LINE_LIMIT = 1 << 20
LOG_LIMIT = 20_000_000


class StartError(Exception):
    """A process could not be brought to work; the message says which, how it ended and what it last wrote."""


@dataclass(frozen=True)
class Program:
    """What to run and how to tell that it works. ``stage``: higher ones start later and stop earlier."""

    name: str
    command: Sequence[str]
    stage: int
    ready: Callable[[int], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    where: str = ""
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 12.0
    loud: bool = True


class Supervised:
    """One program and the process that runs it now."""

    def __init__(self, program: Program, console: Console, logs: Path) -> None:
        self.program = program
        self.console = console
        self.log = logs / f"{program.name}.log"
        self.pid_file = logs / f"{program.name}.pid"
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.process: asyncio.subprocess.Process | None = None
        self.first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard = False
        self.stopping = False
        self.task = asyncio.create_task(self._keep_running(), name=program.name)

    async def _keep_running(self) -> None:
        pause, ends = FIRST_PAUSE, 0
        while not self.stopping:
            started = time.monotonic()
            process = self.process = await self._spawn()
            self.pid_file.write_text(str(process.pid))
            watch = asyncio.create_task(self._watch_ready(process))
            await self._read(process)
            status = await process.wait()
            watch.cancel()
            if self.stopping:
                return
            ends += 1
            lived = time.monotonic() - started
            if lived > STEADY_SECONDS:
                pause = FIRST_PAUSE
            story = f"{self.program.name} ended: {how_it_ended(status)} after {lived:.1f} s"
            if not self.first_ready.done() and ends >= TRIES_AT_START:
                self.first_ready.set_exception(StartError(f"{story}, {ends} times\n{self.last_lines()}"))
                return
            self.console.failed(f"{story}; its last lines:\n{self.last_lines()}")
            self.console.note(f"{self.program.name} starts again in {pause:.1f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 3, LONGEST_PAUSE)

    async def _spawn(self) -> asyncio.subprocess.Process:
        program = self.program
        self.tail.clear()
        return await asyncio.create_subprocess_exec(
            *program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LINE_LIMIT,
            env={**program.environment},
            cwd="/" if program.user else None,
            # Ctrl-C reaches the whole foreground group: only we may act on it, in order.
            start_new_session=True,
            preexec_fn=dying_with_parent(program.stop_signal),
            **identity(program.user),  # type: ignore[arg-type]
        )

    async def _watch_ready(self, process: asyncio.subprocess.Process) -> None:
        again = self.first_ready.done()
        started = time.monotonic()
        while not await self.program.ready(process.pid):  # noqa: ASYNC110 — another process gets ready
            await asyncio.sleep(0.2)
        if not again:
            self.first_ready.set_result(None)
        self.console.done(
            f"{self.program.name}{' again' if again else ''} {self.program.where}".strip(), time.monotonic() - started
        )

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab", buffering=0) as log:
            while True:
                try:
                    raw = await process.stdout.readline()
                except ValueError:  # a line longer than the limit: what is left of it follows as the next one
                    continue
                if not raw:
                    return
                log.write(raw)
                text = raw.decode(errors="replace").rstrip()
                self.tail.append(text)
                if self.heard and self.program.loud:
                    self.console.of(self.program.name, text)

    def last_lines(self) -> str:
        return "\n".join(f"    {line}" for line in self.tail) or "    (it wrote nothing)"

    async def stop(self) -> None:
        """Ask, wait as long as the program may take, then kill."""
        self.stopping = True
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(self.program.stop_signal)
            try:
                await asyncio.wait_for(self.process.wait(), self.program.stop_seconds)
            except TimeoutError:
                self.console.note(f"{self.program.name} did not stop in {self.program.stop_seconds:g} s: killed")
                self.kill()
            await self.process.wait()
            # What it said last is still in the pipe; a grandchild that keeps the pipe open is not waited for.
            await asyncio.wait([self.task], timeout=0.5)
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it and every process it started, now."""
        self.stopping = True
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """All programs of this machine, in stages."""

    def __init__(self, console: Console, logs: Path) -> None:
        self.console = console
        self.logs = logs
        self.running: list[Supervised] = []
        self.killed = False

    async def start(self, programs: Sequence[Program], seconds: float) -> None:
        """Start all and return when each one works; StartError when one ends again and again or ``seconds`` pass."""
        started = [Supervised(program, self.console, self.logs) for program in programs]
        self.running += started
        outcomes = {one.first_ready: one for one in started}
        done, late = await asyncio.wait(outcomes, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        failures = [str(failure) for failure in (future.exception() for future in done) if failure is not None]
        if late and not failures:
            failures = [
                f"{outcomes[future].program.name} is not ready after {seconds:g} s\n{outcomes[future].last_lines()}"
                for future in late
            ]
        if failures:
            raise StartError("\n".join(failures))

    def listen(self) -> None:
        """From now on show what the processes write; before, only their log files have it."""
        for one in self.running:
            one.heard = True

    async def stop(self, first_stage: int = 0) -> None:
        """Stop stage by stage, the last one first, down to ``first_stage``."""
        for stage in sorted(
            {one.program.stage for one in self.running if one.program.stage >= first_stage}, reverse=True
        ):
            together = [one for one in self.running if one.program.stage == stage]
            await asyncio.gather(*(one.stop() for one in together))

    async def replace(self, programs: Sequence[Program], seconds: float) -> None:
        """Stop the stages of these programs and start them in their place; what is before them runs on."""
        first_stage = min(program.stage for program in programs)
        await self.stop(first_stage)
        self.running = [one for one in self.running if one.program.stage < first_stage]
        await self.start(programs, seconds)

    def kill(self) -> None:
        self.killed = True
        for one in self.running:
            one.kill()


def how_it_ended(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"

"""Processes are kept running, named when they crash, and stopped in order."""

import asyncio
import os
import signal
import sys
import time

import pytest

from crm_local.console import Console
from crm_local.supervisor import Program, StartError, Supervisor, how_it_ended

SERVE = """
import os, sys, time
open(sys.argv[1], "a").write(str(os.getpid()) + " ")
print("at work", flush=True)
time.sleep(60)
"""
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SERVE}"


@pytest.fixture
def spoken(capsys):
    return lambda: capsys.readouterr().out


@pytest.fixture
async def supervisor(tmp_path):
    made = Supervisor(Console(), tmp_path)
    yield made
    made.kill()
    await made.stop()


def a_program(tmp_path, name="worker", code=SERVE, stage=0, stop_seconds=5.0):
    pids = tmp_path / f"{name}.pids"

    async def ready(pid):
        return pids.exists() and str(pid) in pids.read_text().split()

    return Program(
        name=name,
        command=[sys.executable, "-c", code, str(pids)],
        stage=stage,
        ready=ready,
        environment=dict(os.environ),
        stop_seconds=stop_seconds,
    )


async def until(condition, seconds=10):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_start_returns_when_every_process_is_ready(supervisor, tmp_path, spoken):
    await supervisor.start([a_program(tmp_path, "one"), a_program(tmp_path, "two")], 20)
    said = spoken()
    assert "✓ one" in said
    assert "✓ two" in said


async def test_a_killed_process_is_named_and_started_again(supervisor, tmp_path, spoken):
    await supervisor.start([a_program(tmp_path)], 20)
    first = supervisor.running[0].process.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: len((tmp_path / "worker.pids").read_text().split()) == 2)
    said = spoken()
    assert "worker ended: killed by SIGKILL" in said
    assert "at work" in said


async def test_a_process_that_cannot_start_stops_the_start_with_its_last_words(supervisor, tmp_path):
    with pytest.raises(StartError, match=r"worker ended: exit code 7 .*3 times\n +no such database"):
        await supervisor.start([a_program(tmp_path, code="print('no such database'); raise SystemExit(7)")], 20)


async def test_a_process_that_never_gets_ready_is_named(supervisor, tmp_path):
    with pytest.raises(StartError, match="worker is not ready after 1 s"):
        await supervisor.start([a_program(tmp_path, code="import time; time.sleep(60)")], 1)


async def test_a_process_that_ignores_the_request_to_stop_is_killed(supervisor, tmp_path, spoken):
    await supervisor.start([a_program(tmp_path, code=STUBBORN, stop_seconds=0.5)], 20)
    began = time.monotonic()
    await supervisor.stop()
    assert time.monotonic() - began < 5
    assert supervisor.running[0].process.returncode == -signal.SIGKILL
    assert "did not stop in 0.5 s" in spoken()


async def test_later_stages_stop_first(supervisor, tmp_path):
    order = tmp_path / "order"
    code = (
        "import signal, sys, time; name = '{name}'; file = '{file}'\n"
        "def bye(*_): open(file, 'a').write(name + ' '); sys.exit()\n"
        f"signal.signal(signal.SIGTERM, bye)\n{SERVE}"
    )
    names = [("database", 0), ("service", 1), ("edge", 2)]
    programs = [a_program(tmp_path, n, code.format(name=n, file=order), stage) for n, stage in names]
    await supervisor.start(programs, 20)
    await supervisor.stop()
    assert order.read_text().split() == ["edge", "service", "database"]


@pytest.mark.parametrize(
    ("status", "words"), [(0, "exit code 0"), (-9, "killed by SIGKILL"), (-11, "killed by SIGSEGV"), (3, "exit code 3")]
)
def test_an_end_is_told_in_words(status, words):
    assert how_it_ended(status) == words

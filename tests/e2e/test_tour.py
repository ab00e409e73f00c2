"""The tour says what happens: each of its commands is typed as printed, each answer compared word for word."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT
from .console import Command, Shell, read

TOUR = ROOT / "docs" / "tour.md"
PRINTED_URL = "http://127.0.0.1:8080"
"""What the page prints: where ``make run`` listens. The platform under test has ports of its own."""
PATIENCE = 15.0
"""Seconds within which what was done must show elsewhere; the page says that it takes about one."""


@pytest.fixture(scope="module")
def shell(platform: Any, demo_lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("sign-ins")),
        "COLUMNS": "100",
        "LANG": "C.UTF-8",
        "CRM_LANGUAGE": "en",
        "NO_COLOR": "1",
        "ADMIN_PASSWORD": platform.passwords["administrator"],
    }
    session = Shell(ROOT, environment)
    yield session
    session.close()


def test_every_command_of_the_tour_answers_as_printed(shell: Shell, platform: Any) -> None:
    said = [(command, _ask(shell, platform.url, command)) for command in read(TOUR)]
    wrong = [_described(command, lines) for command, lines in said if not command.matches(lines)]
    assert not wrong, "\n\n".join(wrong)


def _described(command: Command, said: list[str]) -> str:
    where = f"{TOUR.name}:{command.line}: $ {command.text}"
    return "\n".join([where, "expected", *command.expected, "got", *said])


def _ask(shell: Shell, url: str, command: Command) -> list[str]:
    """What came back; a question is asked again until its answer has arrived from the other services."""
    deadline = time.monotonic() + PATIENCE
    while True:
        said = [line.replace(url, PRINTED_URL) for line in shell.type(command.text.replace(PRINTED_URL, url))]
        if command.matches(said) or not command.only_asks or time.monotonic() > deadline:
            return said
        time.sleep(0.2)

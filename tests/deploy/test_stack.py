"""The images as people run them: the tour against the compose stack, containers killed, stopped and started anew."""

import os
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crm_client import Client
from crm_client.errors import ClientError
from crm_local import demo

from ..e2e.console import Shell  # noqa: TID252 - tests are no package that could be named
from ..e2e.console import read as read_tour  # noqa: TID252
from .house import PROCESSES, ROOT

PRINTED_URL = "http://127.0.0.1:8080"
TRIES = 5
PATIENCE = 30.0


class Stack:
    """The running containers and the way into them."""

    def __init__(self, services: Any) -> None:
        self._compose = services._docker_compose
        self.url = f"http://127.0.0.1:{services.port_for('gateway', 8080)}"
        self.password = self.inside("identity", "cat /run/secrets/tributary/administrator_password")

    def compose(self, command: str) -> str:
        return str(self._compose.execute(command).decode())

    def inside(self, name: str, command: str, codes: tuple[int, ...] = (0,)) -> str:
        """What a command prints in a container, by its shell."""
        said: bytes = self._compose.execute(f"exec -T {name} sh -c '{command}'", success_codes=codes)
        return said.decode().strip()

    def administrator(self) -> Client:
        with Client(self.url) as door:
            session = door.call("CreateSession", {"login": "admin", "password": self.password})
        return Client(self.url, str(session["token"]), timeout=60.0)


@pytest.fixture(scope="module")
def stack(docker_services: Any) -> Stack:
    return Stack(docker_services)


def until(ask: Callable[[], Any]) -> Any:
    """What is answered once it answers; a process that was just started may refuse for a moment."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except ClientError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


@pytest.fixture(scope="module")
def shell(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    session = Shell(
        ROOT,
        {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("sign-ins")),
            "COLUMNS": "100",
            "LANG": "C.UTF-8",
            "CRM_LANGUAGE": "en",
            "NO_COLOR": "1",
        },
    )
    yield session
    session.close()


def test_the_tour_answers_from_containers_as_printed(stack: Stack, shell: Shell) -> None:
    for left in reversed(range(TRIES)):
        try:
            demo.load(stack.url, administrator_password=stack.password, report=print)
            break
        except ClientError:
            # An interrupted load goes on where it stopped.
            if not left:
                raise
    wrong = []
    for command in read_tour(ROOT / "docs" / "tour.md"):
        deadline = time.monotonic() + PATIENCE
        while True:
            typed = command.text.replace(PRINTED_URL, stack.url)
            said = [line.replace(stack.url, PRINTED_URL) for line in shell.type(typed)]
            if command.matches(said) or not command.only_asks or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        if not command.matches(said):
            wrong.append("\n".join([f"line {command.line}: $ {command.text}", *command.expected, "got", *said]))
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_nobody_and_can_write_nowhere_but_its_scratch(stack: Stack, name: str) -> None:
    assert stack.inside(name, "id -u") == "65532"
    assert stack.inside(name, "touch /opt/tributary/x 2>&1 || echo refused").endswith("refused")
    assert stack.inside(name, "touch /tmp/x && echo done") == "done"
    assert stack.inside(name, "grep CapEff /proc/1/status").split()[1].strip("0") == ""


@pytest.mark.parametrize("name", PROCESSES)
def test_an_image_has_its_bill_of_materials_and_no_tools_to_build_with(stack: Stack, name: str) -> None:
    assert f'"tributary-{name}"' in stack.inside(name, "head -c 1000 /opt/tributary/sbom.cdx.json")
    found = stack.inside(name, "ls /opt/tributary/bin; command -v gcc cc make node npm uv || true").split()
    assert not {"uv", "pip", "gcc", "cc", "make", "node", "npm"} & {Path(each).name for each in found}


def test_the_console_is_in_the_gateways_image(stack: Stack) -> None:
    with urllib.request.urlopen(stack.url) as page:
        assert b"/console/assets/" in page.read()


def make_campaign(stack: Stack, name: str) -> str:
    """Something that was acknowledged, by its id."""
    return str(until(lambda: stack.administrator().create("campaigns", {"name": name, "kind": "exhibition"}))["id"])


def seen(stack: Stack, id: str) -> bool:
    return str(until(lambda: stack.administrator().get("campaigns", id))["id"]) == id


@pytest.mark.parametrize("killed", ["marketing", "postgres", "nats", "gateway"])
def test_what_was_acknowledged_survives_a_kill(stack: Stack, killed: str) -> None:
    made = make_campaign(stack, f"before {killed} was killed")
    stack.compose(f"kill --signal SIGKILL {killed}")
    stack.compose(f"up --detach --no-build --no-recreate --wait --wait-timeout 300 {killed}")
    assert seen(stack, made)
    assert make_campaign(stack, f"after {killed} was killed")


def test_a_service_that_is_stopped_drains_and_ends_in_order(stack: Stack) -> None:
    stack.compose("stop marketing")
    assert "exited (0)" in stack.compose("ps --all marketing").lower()
    assert '"stopped after' in stack.compose("logs --no-log-prefix --tail 20 marketing").replace('"message": ', "")
    stack.compose("up --detach --no-build --no-recreate --wait --wait-timeout 300 marketing")
    assert make_campaign(stack, "after an orderly stop")


def test_everything_made_anew_finds_its_data_and_its_secrets(stack: Stack) -> None:
    made = make_campaign(stack, "before everything was taken down")
    stack.compose("down --timeout 60")
    stack.compose(f"up --detach --no-build --wait --wait-timeout 900 {' '.join(PROCESSES)}")
    assert seen(stack, made)
    assert stack.inside("identity", "cat /run/secrets/tributary/administrator_password") == stack.password

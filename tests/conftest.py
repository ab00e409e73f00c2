"""The whole platform for tests across services: started as people start it, on ports and data of its own."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from crm_kit.testing.processes import unprivileged_user
from crm_kit.testing.servers import open_folders
from crm_local.ports import PortTakenError, check_ports
from crm_local.settings import Ports

START_SECONDS = 150


@dataclass(frozen=True)
class Platform:
    """A running platform: all services and the gateway, empty but for the administrator."""

    run_dir: Path
    ports: Ports
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def passwords(self) -> dict[str, str]:
        """By name: ``administrator``, ``database leads`` …"""
        return dict(json.loads((self.run_dir / "passwords.json").read_text()))

    def database_url(self, service: str) -> str:
        name = service.replace("-", "_")
        return f"postgresql://{name}:{self.passwords[f'database {name}']}@127.0.0.1:{self.ports.postgres}/{name}"

    def address(self, service: str) -> str:
        """Where its gRPC server listens."""
        return f"127.0.0.1:{self.ports.service(service)}"

    def pid(self, name: str) -> int:
        """The process of a service, ``gateway``, ``postgres`` or ``nats`` at this moment."""
        return int((self.run_dir / "logs" / f"{name}.pid").read_text())

    def kill(self, name: str) -> None:
        """End it as a crash would; the supervisor starts it again."""
        os.kill(self.pid(name), signal.SIGKILL)


@contextmanager
def running_platform(run_dir: Path, base: int) -> Iterator[Platform]:
    """The platform of this folder, until the block ends; without demo data."""
    output = (run_dir / "output").open("wb")
    process = subprocess.Popen(
        [Path(sys.executable).with_name("crm-local"), "up"],
        env={**os.environ, "CRM_RUN_DIR": str(run_dir), "CRM_PORT_BASE": str(base), "CRM_DEMO": "no"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait(process, run_dir / "output")
        yield Platform(run_dir, Ports(base), process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
        output.close()


def open_folder() -> Path:
    """A new data folder that PostgreSQL's account can enter, too."""
    run_dir = Path(tempfile.mkdtemp(prefix="crm-test-run-", dir=open_folders(unprivileged_user())[0]))
    run_dir.chmod(0o711)
    return run_dir


@pytest.fixture
def start_platform() -> Iterator[Callable[[], AbstractContextManager[Platform]]]:
    """A platform of one test alone, which may stop it, lose its folder and start it again on the same ports."""
    home, base = open_folder(), _free_base()
    run_dir = home / "run"

    def start() -> AbstractContextManager[Platform]:
        run_dir.mkdir(mode=0o711, exist_ok=True)
        return running_platform(run_dir, base)

    yield start
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """Started on first use, once per process; without demo data."""
    run_dir = open_folder()
    try:
        with running_platform(run_dir, _free_base()) as started:
            yield started
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Tributary runs" not in output.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the platform did not start:\n{output.read_text(errors='replace')}", pytrace=False)
        time.sleep(0.1)


def _free_base() -> int:
    """The start of a hundred ports of which none is in use; processes that test side by side never try the same ones."""
    first = 200 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4 * 30
    for _ in range(50):
        base = random.randrange(first, first + 30) * 100
        try:
            check_ports({str(port): ("127.0.0.1", port) for port in range(base, base + 100)}, base)
        except PortTakenError:
            continue
        return base
    pytest.fail("no hundred free ports in a row between 20000 and 32000")

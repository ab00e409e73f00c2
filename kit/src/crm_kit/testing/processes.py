"""Child processes that never outlive the process that started them."""

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
UNPRIVILEGED_USERS = ("postgres", "nobody")


class ServerStartError(RuntimeError):
    """A server could not be started; the message carries the last lines it wrote."""


def free_port() -> int:
    """A TCP port on the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unprivileged_user() -> str | None:
    """The account for servers that refuse to run as root; None when we are an ordinary user already."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_USERS:
        if name in known:
            return name
    raise ServerStartError(
        f"PostgreSQL refuses to run as root, and none of the accounts {', '.join(UNPRIVILEGED_USERS)} exists; "
        "create one of them or run as an ordinary user"
    )


def identity(user: str | None) -> dict[str, object]:
    """The keyword arguments that make ``subprocess`` run a command as ``user``."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def dying_with_parent(sent: signal.Signals) -> Callable[[], None] | None:
    """A ``preexec_fn``: the kernel sends ``sent`` to the child when the *thread* that started it is gone.

    Only Linux can; elsewhere a killed parent leaves its children behind.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, int(sent))

    return arm


class ChildProcess:
    """One running command, its output in a log file; started from the main thread."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = Path(command[0]).name
        self.log = log
        self.stop_signal = stop_signal
        with log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 — the command is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=env,
                start_new_session=True,
                preexec_fn=dying_with_parent(stop_signal),  # noqa: PLW1509 — nothing but one system call
                **identity(user),  # type: ignore[call-overload]
            )

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    def wait_until(self, ready: Callable[[], bool], timeout: float = 30) -> None:
        """Return once ``ready``; raise ServerStartError when the process ends first or after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not ready():
            if self.process.poll() is not None:
                raise ServerStartError(f"{self.name} ended with status {self.process.returncode}:\n{self.last_lines()}")
            if time.monotonic() > deadline:
                self.stop(grace=0)
                raise ServerStartError(f"{self.name} was not ready after {timeout:g} s:\n{self.last_lines()}")
            time.sleep(0.01)

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def stop(self, grace: float = 10) -> None:
        """Ask, wait ``grace`` seconds, then kill."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal if grace else signal.SIGKILL)
            try:
                self.process.wait(grace or 5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

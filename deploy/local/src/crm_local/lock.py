"""One platform per data folder: a lock that the operating system frees when its holder dies."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Holder:
    """Who runs the platform in a data folder, and where it listens."""

    pid: int
    url: str
    port_base: int


class AlreadyRunningError(Exception):
    """The data folder is in use; the message says by whom and what to do."""

    def __init__(self, folder: Path, holder: Holder | None) -> None:
        who = f"process {holder.pid} at {holder.url}" if holder else "another process"
        super().__init__(
            f"Tributary already runs in {folder} ({who}).\n"
            "Stop it with Ctrl-C where it was started, or run a second one beside it:\n"
            "CRM_RUN_DIR=.run2 CRM_PORT_BASE=9000 make run"
        )


class RunLock:
    """Held from ``take`` to the end of the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "lock"
        self.handle: IO[str] | None = None

    def take(self, url: str = "", port_base: int = 0) -> None:
        """Become the holder; AlreadyRunningError when somebody is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = self.file.open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            raise AlreadyRunningError(self.folder, self.read()) from None
        handle.truncate(0)
        handle.write(json.dumps(asdict(Holder(os.getpid(), url, port_base))))
        handle.flush()
        self.handle = handle

    def read(self) -> Holder | None:
        try:
            return Holder(**json.loads(self.file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def holder(self) -> Holder | None:
        """Who holds it now; None when nobody does."""
        if not self.file.exists():
            return None
        with self.file.open("a+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return self.read()
        return None

"""The data folder: where PostgreSQL, NATS, keys, passwords and logs of this machine live."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from crm_kit.testing.processes import identity, unprivileged_user

SYSTEM_STORE = Path("/var/lib/tributary")


class RestoreRefused(Exception):
    """A backup cannot be restored here; the message says why and what to do. Nothing was changed."""


class Storage:
    """The parts of one data folder; ``prepare`` creates it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.keys = folder / "keys"
        self.nats = folder / "nats"
        self.passwords = folder / "passwords.json"
        self.demo_logins = folder / "demo.json"
        self.nats_running = folder / "nats.running"
        self.quarantine = folder / "quarantine"
        self.restoring = folder / "restoring"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in (self.logs, self.keys):
            part.mkdir(exist_ok=True)
        self.keys.chmod(0o700)

    def postgres(self) -> Path:
        """Where the database files are: inside the folder, or under /var/lib when root runs us in a private place.

        PostgreSQL then runs as another account, which could not reach files below a folder that only root may enter.
        """
        inside = self.folder / "postgres"
        user = unprivileged_user()
        if inside.is_symlink() or (inside / "PG_VERSION").exists() or user is None or _reachable(self.folder, user):
            return inside.resolve()
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        outside = SYSTEM_STORE / f"postgres-{name}"
        SYSTEM_STORE.mkdir(mode=0o755, parents=True, exist_ok=True)
        inside.symlink_to(outside)
        return outside

    @property
    def used(self) -> bool:
        """Whether anything is in it that a restore would overwrite."""
        return any(
            (self.folder / name).exists() for name in ("postgres", "keys", "passwords.json", "nats", "restoring")
        )

    @property
    def secrets(self) -> dict[str, Path]:
        """What is backed up apart from the data, by its name in the backup."""
        return {path.name: path for path in (self.keys, self.passwords, self.demo_logins)}

    def clear(self) -> None:
        """Delete all but the lock, which whoever clears it holds, and the logs."""
        inside = self.folder / "postgres"
        if inside.is_symlink():
            shutil.rmtree(inside.resolve(), ignore_errors=True)
        for entry in self.folder.iterdir():
            if entry.name in {"lock", "logs"}:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def delete(self) -> None:
        postgres = self.folder / "postgres"
        if postgres.is_symlink():
            shutil.rmtree(postgres.resolve(), ignore_errors=True)
        shutil.rmtree(self.folder)


def _reachable(folder: Path, user: str) -> bool:
    asked = subprocess.run(["/usr/bin/env", "test", "-x", folder], cwd="/", check=False, **identity(user))  # type: ignore[call-overload]  # noqa: S603
    return bool(asked.returncode == 0)


def orphan(data: Path) -> int | None:
    """The process of a PostgreSQL that still runs on ``data`` though its supervisor is gone."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid if str(data) in _command_line(pid) else None


def _command_line(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""

"""A folder of backups: a backup is there whole or not at all, and old ones go when there are newer ones."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from crm_kit.backup.manifest import FILE, Manifest
from crm_kit.backup.sealed_files import BackupUnreadable

LEDGER = "ledger"
"""Subfolder of what ended for good, which is older than no backup."""
VERIFIED = "verified"


class BackupUnderWay(Exception):
    """Somebody is making a backup into the same folder; the message says where."""


class BackupFolder:
    """Backups by name; names sort by time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def ledger(self) -> Path:
        return self.path / LEDGER

    def prepare(self) -> None:
        self.ledger.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)

    def all(self) -> list[Manifest]:
        """Whole backups, newest first."""
        if not self.path.is_dir():
            return []
        found = (entry for entry in self.path.iterdir() if not entry.name.startswith(".") and (entry / FILE).is_file())
        return sorted((Manifest.read(entry) for entry in found), key=lambda one: one.cut_time, reverse=True)

    def get(self, name: str) -> Manifest:
        """The backup of this name, ``latest`` for the newest; BackupUnreadable when there is none."""
        if name == "latest":
            newest = next(iter(self.all()), None)
            if newest is None:
                raise BackupUnreadable(f"there is no backup in {self.path}")
            return newest
        if name != Path(name).name or not (self.path / name / FILE).is_file():
            raise BackupUnreadable(f"there is no backup {name} in {self.path}; `backups` lists them")
        return Manifest.read(self.path / name)

    def of(self, manifest: Manifest) -> Path:
        return self.path / manifest.name

    @contextmanager
    def new(self, name: str) -> Iterator[Path]:
        """A place for a backup that becomes one when the block ends; what an earlier run left half-made goes first.

        BackupUnderWay while another run is at it.
        """
        self.prepare()
        with (self.path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BackupUnderWay(f"another backup into {self.path} is under way; wait for its end") from None
            for left in self.path.glob(".*.partial"):
                shutil.rmtree(left)
            draft = self.path / f".{name}.partial"
            draft.mkdir(mode=0o700)
            try:
                yield draft
                _synced(draft)
                draft.rename(self.path / name)
                _synced(self.path)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise

    def note_verified(self, manifest: Manifest) -> None:
        (self.of(manifest) / VERIFIED).write_text(datetime.now(UTC).isoformat(timespec="seconds"))

    def verified(self, manifest: Manifest) -> str:
        """When all of it was last read back; empty when it never was."""
        file = self.of(manifest) / VERIFIED
        return file.read_text() if file.exists() else ""

    def thin_out(self, keep: int) -> list[str]:
        """Delete all but the newest ``keep``; answers the names of those that went."""
        old = [manifest.name for manifest in self.all()[max(1, keep) :]]
        for name in old:
            # Out of sight first: what is half-deleted is no backup either.
            gone = (self.path / name).rename(self.path / f".{name}.partial")
            shutil.rmtree(gone)
        return old


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

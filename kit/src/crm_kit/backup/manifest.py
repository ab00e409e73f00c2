"""What one backup consists of: enough to say without opening it what it is, and whether all of it is there."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from crm_kit.backup.sealed_files import BackupUnreadable, Sealed, digest_of

FILE = "manifest.json"
FORMAT = 1
BASE, SECRETS = "base.tar.gz.age", "secrets.tar.gz.age"
SEGMENT_SUFFIX = ".gz.age"


@dataclass(frozen=True)
class DatabaseState:
    """One service's database at the cut: its size, the revisions of its schema, how far its stream was told."""

    size: int
    revisions: Sequence[str]
    stream_seq: int


@dataclass(frozen=True)
class Manifest:
    """One backup. ``cut`` names the restore point all databases are brought to; ``cut_time`` when that was."""

    name: str
    cut: str
    cut_time: datetime
    seconds: float
    product: str
    server: str
    recipients: Sequence[str]
    databases: Mapping[str, DatabaseState]
    parts: Sequence[Sealed]
    segments: Sequence[Sealed] = field(default_factory=list)
    """The write-ahead log from the base up to the cut."""

    @property
    def size(self) -> int:
        """What it takes on the disk."""
        return sum(part.size for part in (*self.parts, *self.segments))

    @property
    def plain_size(self) -> int:
        return sum(part.plain_size for part in (*self.parts, *self.segments))

    def age(self, now: datetime) -> float:
        """Seconds since the cut: what a restore would lose."""
        return (now - self.cut_time.astimezone(UTC)).total_seconds()

    def written(self) -> bytes:
        return orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_INDENT_2)

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """That of the backup in a folder; BackupUnreadable when it is none, or of a later release."""
        try:
            said: dict[str, Any] = orjson.loads((folder / FILE).read_bytes())
            if said.pop("format") != FORMAT:
                raise BackupUnreadable(f"{folder.name} was written by a later release; restore it with that one")
            said["cut_time"] = datetime.fromisoformat(said["cut_time"])
            said["databases"] = {name: DatabaseState(**one) for name, one in said["databases"].items()}
            for parts in ("parts", "segments"):
                said[parts] = [Sealed(**one) for one in said[parts]]
            return cls(**said)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
            raise BackupUnreadable(f"{folder.name} is no backup: {failure}") from failure

    def check(self, folder: Path) -> None:
        """Every file is there, and is what was written; BackupUnreadable names the first that is not."""
        for part in (*self.parts, *self.segments):
            file = folder / part.file
            if not file.is_file():
                raise BackupUnreadable(f"{self.name}: {part.file} is missing")
            if file.stat().st_size != part.size or digest_of(file) != part.digest:
                raise BackupUnreadable(f"{self.name}: {part.file} is not what was written (its SHA-256 differs)")

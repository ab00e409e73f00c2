"""One key per data subject, wrapped by the service's key file; destroying it makes all that it sealed unreadable.

What it sealed may lie in tables, events, audits and backups: it need not be found to be erased.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid, text

from crm_kit.blind_index import Mark, marker
from crm_kit.errors import FailedPrecondition
from crm_kit.loops import repeat
from crm_kit.metadata import kit_metadata
from crm_kit.sealing import KEY_BYTES, SubjectKey
from crm_kit.secret_box import SecretBox, SecretUnreadable

if TYPE_CHECKING:
    from crm_kit.database import Database

subject_key = Table(
    "subject_key",
    kit_metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kek_id", Text, nullable=False),
    # Null once destroyed; the row stays, so that a restored backup can be told what must be gone.
    Column("wrapped_dek", LargeBinary),
    Column("destroyed_at", DateTime(timezone=True)),
    Index("ix_subject_key_destroyed_at", "destroyed_at", postgresql_where=text("destroyed_at IS NOT NULL")),
)

INDEX_SUBJECT = UUID(int=0)
"""Whose key makes the digests of blind indexes: they survive every change of the key file."""
AT_ONCE = 1_000
REWRAP_SECONDS = 3600.0
FORGET_SECONDS = 1.0
"""How long another process may go on opening what a destroyed key sealed."""
MOST_KNOWN = 50_000
"""Keys kept in memory; a page of 50 costs one query for those that are not."""

Fetch = Callable[..., Awaitable[Sequence[Any]]]
Row = dict[str, Any]

SELECT = "SELECT subject_id, version, wrapped_dek FROM subject_key WHERE subject_id = ANY ($1::uuid[])"
INSERT = """
    INSERT INTO subject_key (subject_id, version, kek_id, wrapped_dek) VALUES ($1, $2, $3, $4)
    ON CONFLICT (subject_id, version) DO NOTHING
"""
OUTDATED = """
    SELECT subject_id, version, wrapped_dek FROM subject_key
    WHERE kek_id <> $1 AND wrapped_dek IS NOT NULL LIMIT $2
"""
# A key destroyed meanwhile stays destroyed.
REWRAP = """
    UPDATE subject_key k SET wrapped_dek = v.wrapped, kek_id = $4
    FROM unnest($1::uuid[], $2::int[], $3::bytea[]) AS v (id, version, wrapped)
    WHERE k.subject_id = v.id AND k.version = v.version AND k.wrapped_dek IS NOT NULL
"""
DESTROY = """
    UPDATE subject_key SET wrapped_dek = NULL, destroyed_at = $2
    WHERE subject_id = ANY ($1::uuid[]) AND destroyed_at IS NULL RETURNING subject_id
"""
# Who never had a key must not get one either: the row is the ledger of who is forgotten.
BURY = """
    INSERT INTO subject_key (subject_id, version, kek_id, destroyed_at)
    SELECT id, 1, '', $2 FROM unnest($1::uuid[]) AS gone (id) ON CONFLICT (subject_id, version) DO NOTHING
"""
# Longer than any transaction lasts: a row may be seen only some time after the moment it names.
JUST_DESTROYED = "SELECT subject_id FROM subject_key WHERE destroyed_at > now() - interval '10 minutes'"


class SubjectErased(FailedPrecondition):
    """Somebody asked to be forgotten; what is entered anew about them is a new record. Facts: id."""

    en = "The personal data of this record was erased on request. Enter a new record instead of changing this one."
    zh = "该记录的个人信息已按请求删除，请新建记录，不要修改此记录。"


class SubjectKeys:
    """The keys of one service's data subjects."""

    def __init__(self, service: str, box: SecretBox) -> None:
        self.service, self._box = service, box
        self._known: OrderedDict[UUID, SubjectKey | None] = OrderedDict()
        self._mark: Mark | None = None

    @classmethod
    def load(cls, directory: Path, service: str) -> "SubjectKeys":
        """With the key file ``<service>.secret``; the first start makes it. Raises OSError or ValueError."""
        return cls(service, SecretBox.load(directory, service))

    @property
    def mark(self) -> Mark:
        """The digest function of blind indexes; ``start`` comes first."""
        if self._mark is None:
            raise RuntimeError("the keys of blind indexes were not read: Database.open_subjects")
        return self._mark

    async def start(self, fetch: Fetch) -> None:
        """Read the key of blind indexes, made at the first start; SecretUnreadable when the key file is not the one."""
        _, row = self.new(INDEX_SUBJECT)
        await fetch(INSERT, row["subject_id"], row["version"], row["kek_id"], row["wrapped_dek"])
        [found] = await fetch(SELECT, [INDEX_SUBJECT])
        self._mark = marker(self._unwrapped(found["wrapped_dek"], INDEX_SUBJECT, found["version"]))

    def new(self, subject_id: UUID) -> tuple[SubjectKey, Row]:
        """A first key and its row; ``remember`` it once the row is committed."""
        secret, version = secrets.token_bytes(KEY_BYTES), 1
        wrapped = self._box.seal(secret, self._about(subject_id, version))
        row = {
            "subject_id": subject_id,
            "version": version,
            "kek_id": self._box.present,
            "wrapped_dek": wrapped,
            "destroyed_at": None,
        }
        return SubjectKey(subject_id, version, secret), row

    def remember(self, keys: Mapping[UUID, SubjectKey | None]) -> None:
        """Keep keys at hand; None is one that was destroyed."""
        self._known.update(keys)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def known(self, ids: Iterable[UUID]) -> tuple[dict[UUID, SubjectKey | None], list[UUID]]:
        """The keys at hand, and the ids of those that must be fetched."""
        found: dict[UUID, SubjectKey | None] = {}
        missing = []
        for id in ids:
            if id in self._known:
                found[id] = self._known[id]
            elif id not in found:
                missing.append(id)
        return found, missing

    def take_in(self, rows: Sequence[Any]) -> dict[UUID, SubjectKey | None]:
        """The keys of ``SELECT``'s rows, at hand from now on."""
        keys: dict[UUID, SubjectKey | None] = {}
        for subject_id, version, wrapped in rows:
            # The driver's own kind of UUID would not be found by ours' hash in every version.
            id = UUID(int=subject_id.int)
            secret = None if wrapped is None else self._unwrapped(wrapped, id, version)
            keys[id] = None if secret is None else SubjectKey(id, version, secret)
        self.remember(keys)
        return keys

    async def of(self, ids: Iterable[UUID], fetch: Fetch) -> dict[UUID, SubjectKey | None]:
        """The keys of subjects by one query at most; None for a destroyed one, absent for one that never was."""
        found, missing = self.known(ids)
        if missing:
            found |= self.take_in(await fetch(SELECT, missing))
        return found

    async def destroy(self, ids: Sequence[UUID], now: datetime, fetch: Fetch) -> list[UUID]:
        """Destroy keys for good; answers whose there were. None of the subjects can have a key again, and other processes
        know within a second (``keep_forgetting``).
        """
        gone = [UUID(int=row["subject_id"].int) for row in await fetch(DESTROY, list(ids), now)]
        await fetch(BURY, list(ids), now)
        self.remember(dict.fromkeys(ids))
        return gone

    async def forget(self, fetch: Fetch) -> None:
        """Forget keys that another process has destroyed just now."""
        for row in await fetch(JUST_DESTROYED):
            id = UUID(int=row["subject_id"].int)
            if id in self._known:
                self._known[id] = None

    async def rewrap(self, fetch: Fetch) -> int:
        """Wrap some keys anew that a former key of the file wrapped; answers how many, 0 when its line may be removed."""
        rows = await fetch(OUTDATED, self._box.present, AT_ONCE)
        ids, versions, wrapped = [], [], []
        for subject_id, version, dek in rows:
            about = self._about(UUID(int=subject_id.int), version)
            ids.append(subject_id)
            versions.append(version)
            wrapped.append(self._box.seal(self._box.open(dek, about), about))
        if rows:
            await fetch(REWRAP, ids, versions, wrapped, self._box.present)
        return len(rows)

    def _unwrapped(self, wrapped: bytes, subject_id: UUID, version: int) -> bytes:
        return self._box.open(wrapped, self._about(subject_id, version))

    def _about(self, subject_id: UUID, version: int) -> str:
        return f"{self.service}|subject_key|wrapped_dek|{subject_id}|{version}"


async def keep_wrapped(db: "Database", stop: asyncio.Event) -> None:
    """Bring all keys under the present key of the file, whenever that has changed, until told to stop."""

    async def work() -> float:
        changed = await needed(db.subjects).rewrap(db.fetch)
        return 0.0 if changed == AT_ONCE else REWRAP_SECONDS

    await repeat(work, stop, name="subject_keys")


async def keep_forgetting(db: "Database", stop: asyncio.Event) -> None:
    """Forget what other processes destroy, in every process, until told to stop."""

    async def work() -> float:
        await needed(db.subjects).forget(db.fetch)
        return FORGET_SECONDS

    await repeat(work, stop, name="destroyed keys")


def needed(subjects: SubjectKeys | None) -> SubjectKeys:
    """The keys, without which a process must not touch sealed values."""
    if subjects is None:
        raise RuntimeError("this process was started without the keys of its data subjects: Database.open_subjects")
    return subjects


__all__ = ["SecretUnreadable", "SubjectErased", "SubjectKeys", "needed", "subject_key"]

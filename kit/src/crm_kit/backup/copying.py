"""Making one backup: the files of the server, its log up to one named cut, and the secrets in a file of their own."""

import asyncio
import io
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from secrets import token_hex

import asyncpg

from crm_kit.backup import cluster
from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.manifest import BASE, FILE, SECRETS, SEGMENT_SUFFIX, Manifest
from crm_kit.backup.sealed_files import Sealed, seal

Report = Callable[[str], None]
"""Told what was done, in words."""


@dataclass(frozen=True)
class Source:
    """What is backed up: a server by its administrator's URL, and ``secrets``, files and folders by their names in the
    backup. ``programs``: the folder of pg_basebackup.
    """

    url: str
    programs: Path
    secrets: Mapping[str, Path]


async def back_up(source: Source, folder: BackupFolder, recipients: Sequence[str], report: Report) -> Manifest:
    """A new backup, encrypted for the recipients; it is in the folder whole, or not at all.

    Raises BackupFailed, BackupUnderWay, OSError and ``asyncpg.PostgresError``.
    """
    began = time.monotonic()
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(3)}"
    with folder.new(name) as draft:
        connection = await asyncpg.connect(source.url)
        try:
            first = await cluster.hold_log(connection)
            files = await asyncio.to_thread(_seal_base, source, draft, recipients)
            report(f"base: {files.plain_size:,} bytes, {files.size:,} encrypted")
            cut = await cluster.mark_cut(connection, f"cut-{name}")
            names = await cluster.segments(connection, first, cut.segment)
            log = [await _seal_segment(connection, one, draft, recipients) for one in names]
            report(f"log: {len(log)} segments up to {cut.name}")
            # After the cut, so that no key is missing for what was sealed before it.
            secrets = await asyncio.to_thread(_seal_secrets, source.secrets, draft, recipients)
            manifest = Manifest(
                name=name,
                cut=cut.name,
                cut_time=cut.time,
                seconds=round(time.monotonic() - began, 1),
                product=metadata.version("crm-kit"),
                server=str(await connection.fetchval("SHOW server_version")),
                recipients=list(recipients),
                databases=await cluster.states(connection, source.url),
                parts=[files, secrets],
                segments=log,
            )
        finally:
            await connection.close()
        (draft / FILE).write_bytes(manifest.written())
    return manifest


def _seal_base(source: Source, draft: Path, recipients: Sequence[str]) -> Sealed:
    with cluster.base(source.programs, source.url) as files:
        return seal(files, draft / BASE, recipients)


async def _seal_segment(connection: asyncpg.Connection, name: str, draft: Path, recipients: Sequence[str]) -> Sealed:
    content = await cluster.read_segment(connection, name)
    return await asyncio.to_thread(seal, io.BytesIO(content), draft / f"{name}{SEGMENT_SUFFIX}", recipients)


def _seal_secrets(secrets: Mapping[str, Path], draft: Path, recipients: Sequence[str]) -> Sealed:
    """In memory: keys and passwords are some kilobytes, and must not be on a disk in plain a second time."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, path in secrets.items():
            if path.exists():
                archive.add(path, name)
    packed.seek(0)
    return seal(packed, draft / SECRETS, recipients)

"""What a backup asks of a PostgreSQL 18 server: its files, its write-ahead log, and a point both are good for.

The role must be a superuser, or have REPLICATION, ``pg_read_server_files``, ``pg_monitor`` and EXECUTE on
``pg_create_restore_point``, ``pg_switch_wal`` and ``pg_read_binary_file``.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from crm_kit.backup.manifest import DatabaseState
from crm_kit.backup.sealed_files import Readable

SLOT = "tributary_backup"


class BackupFailed(Exception):
    """The server did not give what a backup needs; the message says what it said."""


@dataclass(frozen=True)
class Cut:
    """A named point in the write-ahead log, up to which all databases of the server agree."""

    name: str
    time: datetime
    segment: str


async def hold_log(connection: asyncpg.Connection) -> str:
    """Keep the write-ahead log from now on for as long as the connection lasts; answers the oldest segment kept."""
    slot = f"{SLOT}_{os.getpid()}"
    await connection.execute("SELECT pg_create_physical_replication_slot($1, true, true)", slot)
    return str(await connection.fetchval(_KEPT_FROM, slot))


async def mark_cut(connection: asyncpg.Connection, name: str) -> Cut:
    """Name this moment in the log, and close the segment it is in."""
    row = await connection.fetchrow(_MARK, name)
    await connection.execute("SELECT pg_switch_wal()")
    return Cut(name, row["time"], row["segment"])


async def segments(connection: asyncpg.Connection, first: str, last: str) -> list[str]:
    """The names of all segments of the log from one to another; BackupFailed when one between them is gone."""
    found = [row["name"] for row in await connection.fetch(_SEGMENTS, first, last)]
    [size] = [row["bytes"] for row in await connection.fetch(_SEGMENT_BYTES)]
    wanted = _position(last, size) - _position(first, size) + 1
    if len(found) != wanted:
        raise BackupFailed(f"the server has {len(found)} of the {wanted} segments {first} to {last} of its log")
    return found


async def read_segment(connection: asyncpg.Connection, name: str) -> bytes:
    """One segment, usually 16 MB."""
    content: bytes = await connection.fetchval("SELECT pg_read_binary_file('pg_wal/' || $1)", name)
    return content


async def states(connection: asyncpg.Connection, url: str) -> dict[str, DatabaseState]:
    """What is in each database of ours on the server."""
    found = {}
    for row in await connection.fetch(_DATABASES):
        inside = await asyncpg.connect(urlunsplit(urlsplit(url)._replace(path=f"/{row['name']}")))
        try:
            if await inside.fetchval("SELECT to_regclass('outbox') IS NOT NULL"):
                revisions = [
                    one["version_num"] for one in await inside.fetch("SELECT version_num FROM alembic_version")
                ]
                seq = await inside.fetchval("SELECT coalesce(max(stream_seq), 0) FROM outbox")
                found[row["name"]] = DatabaseState(row["bytes"], sorted(revisions), seq)
        finally:
            await inside.close()
    return found


@contextmanager
def base(programs: Path, url: str) -> Iterator[Readable]:
    """The files of the whole server as one tar with its manifest, read while it works; without its log.

    ``programs``: the folder of pg_basebackup, of the server's version or later. BackupFailed at the end when it failed.
    """
    parts = urlsplit(url)
    open_url = urlunsplit(
        parts._replace(netloc=f"{parts.username}@{parts.netloc.rpartition('@')[2]}", path="/postgres")
    )
    command = [str(programs / "pg_basebackup"), "--pgdata=-", "--format=tar", "--wal-method=none", "--checkpoint=fast"]
    command += ["--manifest-checksums=SHA256", "--no-password", f"--dbname={open_url}"]
    # Not in the arguments, which everybody on the machine may read.
    environment = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=said)  # noqa: S603 - ours
        assert process.stdout is not None
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.stdout.close()
        if process.wait():
            said.seek(0)
            raise BackupFailed(f"pg_basebackup failed: {said.read().decode(errors='replace').strip()[-2000:]}")


def _position(segment: str, size: int) -> int:
    """The number of a segment in its timeline: the name is timeline, high and low part, eight hexadecimal digits each."""
    return int(segment[8:16], 16) * (2**32 // size) + int(segment[16:24], 16)


_KEPT_FROM = "SELECT pg_walfile_name(restart_lsn) FROM pg_replication_slots WHERE slot_name = $1"
_MARK = """
    SELECT pg_walfile_name(point) AS segment, clock_timestamp() AS time FROM pg_create_restore_point($1) AS point
"""
_SEGMENTS = """
    SELECT name FROM pg_ls_waldir()
    WHERE name ~ '^[0-9A-F]{24}$' AND left(name, 8) = left($1, 8) AND name BETWEEN $1 AND $2 ORDER BY name
"""
_SEGMENT_BYTES = "SELECT setting::bigint AS bytes FROM pg_settings WHERE name = 'wal_segment_size'"
_DATABASES = """
    SELECT datname AS name, pg_database_size(oid) AS bytes FROM pg_database
    WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres' ORDER BY datname
"""

"""Reading a backup back: all of it is opened and compared with what the server said it was, on a disk or in passing."""

import shutil
import tarfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any

import orjson

from crm_kit.backup.manifest import BASE, SECRETS, SEGMENT_SUFFIX, Manifest
from crm_kit.backup.sealed_files import CHUNK, BackupUnreadable, Readable, opened

SERVER_MANIFEST = "backup_manifest"
PRIVATE_FOLDER = 0o700


def verify(manifest: Manifest, folder: Path, identities: Sequence[Any]) -> int:
    """Open everything and compare it, writing nothing; answers how many files of the server were compared.

    BackupUnreadable says what is wrong.
    """
    manifest.check(folder)
    for part in manifest.segments:
        with opened(folder / part.file, identities) as content:
            _drain(content)
    with opened(folder / SECRETS, identities) as content:
        _drain(content)
    return _unpack_base(folder / BASE, identities, None)


def unpack_server(manifest: Manifest, folder: Path, identities: Sequence[Any], data: Path) -> int:
    """The server's files and its log into the empty folder ``data``; answers how many files were compared."""
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(PRIVATE_FOLDER)
    count = _unpack_base(folder / BASE, identities, data)
    for part in manifest.segments:
        with (
            opened(folder / part.file, identities) as content,
            (data / "pg_wal" / part.file.removesuffix(SEGMENT_SUFFIX)).open("wb") as out,
        ):
            shutil.copyfileobj(content, out, CHUNK)
    return count


def unpack_secrets(folder: Path, identities: Sequence[Any], into: Path) -> None:
    """Keys and passwords, readable by their owner only."""
    with opened(folder / SECRETS, identities) as content:
        for member, file in _members(content, SECRETS):
            target = into / member.name
            if file is None:
                target.mkdir(parents=True, exist_ok=True)
                target.chmod(PRIVATE_FOLDER)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch(0o600)
                target.write_bytes(file.read())


def _unpack_base(file: Path, identities: Sequence[Any], data: Path | None) -> int:
    digests: dict[str, str] = {}
    said = b""
    with opened(file, identities) as content:
        for member, source in _members(content, BASE):
            if source is None:
                if data is not None:
                    (data / member.name).mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            elif member.name == SERVER_MANIFEST:
                said = source.read()
                if data is not None:
                    (data / member.name).write_bytes(said)
            else:
                digests[member.name] = _copy(source, None if data is None else data / member.name)
    if not said:
        raise BackupUnreadable(f"{BASE}: the server's own manifest is missing")
    wanted = {one["Path"]: one["Checksum"] for one in orjson.loads(said)["Files"]}
    if digests != wanted:
        wrong = sorted(name for name in {*digests, *wanted} if digests.get(name) != wanted.get(name))
        raise BackupUnreadable(f"{BASE}: {len(wrong)} files are not what the server sent: {', '.join(wrong[:5])}")
    return len(digests)


def _members(content: Readable, what: str) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """Files, and folders as None; BackupUnreadable for anything that would leave the place it is unpacked to."""
    try:
        with tarfile.open(fileobj=content, mode="r|") as archive:  # type: ignore[call-overload]
            for member in archive:
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts or not (member.isreg() or member.isdir()):
                    raise BackupUnreadable(f"{what}: {member.name!r} is no plain file or folder")
                yield member, archive.extractfile(member)
    except tarfile.TarError as failure:
        raise BackupUnreadable(f"{what}: {failure}") from failure


def _copy(source: IO[bytes], target: Path | None) -> str:
    digest = sha256()
    out = None if target is None else target.open("wb")
    try:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            if out is not None:
                out.write(chunk)
    finally:
        if out is not None:
            out.close()
    return digest.hexdigest()


def _drain(content: Readable) -> None:
    while content.read(CHUNK):
        pass

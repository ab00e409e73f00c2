"""Files compressed and encrypted on their way to the disk (age, X25519): plain bytes are never written down."""

import os
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import pyrage  # type: ignore[import-untyped]

GZIP = 31
"""``wbits`` of zlib for a gzip header and trailer, so that ``age -d | gunzip`` opens a file without us."""
FASTEST = 1
CHUNK = 1 << 20
PRIVATE = 0o600


class BackupUnreadable(Exception):
    """A file is not what was written, or the identity is not one it was written for; the message says which."""


class Readable(Protocol):
    """Something that is read once, from the beginning."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Sealed:
    """One file as it was written: ``size`` and ``digest`` (SHA-256) of the encrypted file, ``plain_size`` of what is in it."""

    file: str
    size: int
    plain_size: int
    digest: str


def make_identity(file: Path) -> str:
    """A new identity, readable by its owner alone; answers the public key that goes with it. FileExistsError."""
    made = pyrage.x25519.Identity.generate()
    public = str(made.to_public())
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as out:
        out.write(f"# public key: {public}\n{made}\n")
        out.flush()
        os.fsync(out.fileno())
    return public


def read_identities(file: Path) -> list[Any]:
    """The identities of a file as age-keygen writes it; BackupUnreadable when there is none."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as failure:
        raise BackupUnreadable(f"{file} holds no identity: {failure}") from failure
    if not found:
        raise BackupUnreadable(f"{file} holds no identity")
    return found


def public_keys(identities: Sequence[Any]) -> list[str]:
    return [str(identity.to_public()) for identity in identities]


def seal(source: Readable, target: Path, recipients: Sequence[str]) -> Sealed:
    """Compress and encrypt everything of ``source`` into a new file, on the disk when this returns."""
    keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    reading = _Compressed(source)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as out:
        writing = _Counted(out)
        pyrage.encrypt_io(reading, writing, keys)
        out.flush()
        os.fsync(out.fileno())
    return Sealed(target.name, writing.size, reading.size, writing.digest.hexdigest())


@contextmanager
def opened(file: Path, identities: Sequence[Any]) -> Iterator[Readable]:
    """The plain content of a sealed file, as a stream; BackupUnreadable at its end at the latest."""
    outlet, inlet = os.pipe()
    failures: list[Exception] = []

    def decrypt() -> None:
        try:
            with os.fdopen(inlet, "wb") as into, file.open("rb") as source:
                pyrage.decrypt_io(source, into, identities)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the reader is told
            failures.append(failure)

    thread = threading.Thread(target=decrypt, name=f"decrypting {file.name}", daemon=True)
    thread.start()
    reader: Any = os.fdopen(outlet, "rb", buffering=CHUNK)
    whole = False
    try:
        plain = _Expanded(reader, file.name, failures, thread)
        yield plain
        # Whoever reads an archive stops at its end; that nothing was cut off or added shows only behind it.
        while plain.read(CHUNK) or reader.read1(CHUNK):
            pass
        whole = True
    finally:
        reader.close()
        thread.join()
    if whole and failures:
        raise BackupUnreadable(f"{file.name}: {failures[0]}")


def digest_of(file: Path) -> str:
    """SHA-256 of a file as it lies there."""
    digest = sha256()
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class _Compressed:
    def __init__(self, source: Readable) -> None:
        self.size = 0
        self._source, self._ready = source, bytearray()
        self._compress = zlib.compressobj(FASTEST, wbits=GZIP)
        self._ended = False

    def read(self, size: int = -1, /) -> bytes:
        while not self._ready and not self._ended:
            chunk = self._source.read(CHUNK)
            self.size += len(chunk)
            self._ready += self._compress.compress(chunk) if chunk else self._compress.flush()
            self._ended = not chunk
        taken = bytes(self._ready[:size])
        del self._ready[:size]
        return taken


class _Counted:
    def __init__(self, out: Any) -> None:
        self.size, self.digest, self._out = 0, sha256(), out

    def write(self, chunk: bytes) -> int:
        self.size += len(chunk)
        self.digest.update(chunk)
        return int(self._out.write(chunk))

    def flush(self) -> None:
        self._out.flush()


class _Expanded:
    def __init__(self, source: Any, name: str, failures: list[Exception], thread: threading.Thread) -> None:
        self._source, self._name, self._failures, self._thread = source, name, failures, thread
        self._expand = zlib.decompressobj(wbits=GZIP)
        self._ready = bytearray()

    def read(self, size: int = -1, /) -> bytes:
        while (size < 0 or len(self._ready) < size) and not self._expand.eof:
            chunk = self._source.read1(CHUNK)
            if not chunk:
                self._thread.join()
                why = str(self._failures[0]) if self._failures else "it ends too early"
                raise BackupUnreadable(f"{self._name}: {why}")
            try:
                self._ready += self._expand.decompress(chunk)
            except zlib.error as failure:
                raise BackupUnreadable(f"{self._name}: {failure}") from failure
        taken = bytes(self._ready if size < 0 else self._ready[:size])
        del self._ready[: len(taken)]
        return taken

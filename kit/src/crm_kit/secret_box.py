"""Secrets that must be read again are kept sealed; secrets that need only be recognised are kept as an HMAC.

A process has one key file beside its key pair, ``<name>.secret``: a line per key of 32 random bytes in base64url, the
present one first. What a former key sealed or signed stays readable until its line is removed. The file is mounted
read-only in a cluster; on one machine the first start makes it.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME_BYTES = 4
_SEALED_BY_AES_GCM = b"\x01"


class SecretUnreadable(RuntimeError):
    """No key of the file opens it: the key is gone, or the value was moved from another record."""


class SecretBox:
    """Seals, opens and recognises, with keys derived per purpose from those of the file."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"expected at least one key of {KEY_BYTES} bytes")
        self._keys = {_name(key): key for key in keys}
        self._present = _name(keys[0])
        self._made: dict[tuple[bytes, str], bytes] = {}

    @classmethod
    def load(cls, directory: Path, name: str) -> "SecretBox":
        """The box of one process; makes its key file when there is none and the directory can be written.

        Raises OSError when it can be neither read nor made, ValueError when a line is no key.
        """
        file = directory / f"{name}.secret"
        if not file.exists():
            _make(file)
        lines = [line.strip() for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
        try:
            keys = [base64.urlsafe_b64decode(line + "=" * (-len(line) % 4)) for line in lines]
        except ValueError as error:
            raise ValueError(f"{file.name} has a line that is not base64url") from error
        return cls(keys)

    def seal(self, plain: bytes, about: str) -> bytes:
        """``plain`` so that only this box reads it again; ``about`` names its place (``service|table|column|id``)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._derived(self._present, "seal")).encrypt(nonce, plain, about.encode())
        return _SEALED_BY_AES_GCM + self._present + nonce + sealed

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed about the same place; raises SecretUnreadable."""
        name, rest = sealed[1 : 1 + _NAME_BYTES], sealed[1 + _NAME_BYTES :]
        if sealed[:1] != _SEALED_BY_AES_GCM or name not in self._keys:
            raise SecretUnreadable(f"{about}: sealed with a key that is not in the file")
        try:
            cipher = AESGCM(self._derived(name, "seal"))
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], about.encode())
        except InvalidTag as error:
            raise SecretUnreadable(f"{about}: changed, or sealed about something else") from error

    def mark(self, value: bytes, purpose: str) -> bytes:
        """32 bytes by which the value is recognised, useless without the key."""
        return hmac.digest(self._derived(self._present, purpose), value, hashlib.sha256)

    def recognises(self, mark: bytes, value: bytes, purpose: str) -> bool:
        """Whether ``mark`` was made of the value, with any key of the file."""
        made = (hmac.digest(self._derived(name, purpose), value, hashlib.sha256) for name in self._keys)
        return any(hmac.compare_digest(mark, each) for each in made)

    @property
    def present(self) -> str:
        """The name of the key that seals now."""
        return self._present.hex()

    def key_of(self, sealed: bytes) -> str:
        """The name of the key that sealed it."""
        return sealed[1 : 1 + _NAME_BYTES].hex()

    def _derived(self, name: bytes, purpose: str) -> bytes:
        made = self._made.get((name, purpose))
        if made is None:
            made = HKDF(hashes.SHA256(), KEY_BYTES, None, f"crm|{purpose}".encode()).derive(self._keys[name])
            self._made[name, purpose] = made
        return made


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"name|" + key).digest()[:_NAME_BYTES]


def _make(file: Path) -> None:
    """Whole or not at all: of two processes that start together one wins, and both read what it wrote."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

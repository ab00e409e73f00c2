"""Passwords and keys of this machine, made once and readable by their owner only."""

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

PRIVATE = 0o600


class Secrets:
    """Named passwords in one file; a name asked for the first time gets a random one."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def password(self, name: str, given: str = "") -> str:
        """The password of ``name``: ``given`` if not empty, else the one made before, else a new one."""
        wanted = given or self.known.get(name) or secrets.token_urlsafe(18)
        if self.known.get(name) != wanted:
            self.known[name] = wanted
            write_private(self.file, json.dumps(self.known, indent=2).encode())
        return wanted


def make_keys(folder: Path, names: Sequence[str]) -> None:
    """A folder per process with its own private key and everybody's public key; existing keys stay."""
    for name in names:
        private = folder / name / f"{name}.private.pem"
        if not private.exists():
            private.parent.mkdir(parents=True, exist_ok=True)
            key = Ed25519PrivateKey.generate()
            write_private(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            (private.parent / f"{name}.public.pem").write_bytes(public)
    for name in names:
        public = (folder / name / f"{name}.public.pem").read_bytes()
        for other in names:
            (folder / other / f"{name}.public.pem").write_bytes(public)


def write_private(file: Path, content: bytes) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as out:
        out.write(content)
    draft.replace(file)

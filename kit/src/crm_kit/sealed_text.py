"""How a sealed value is written: ``sealed:<version>:<subject>:<ciphertext>``."""

import base64
from functools import lru_cache
from typing import Any
from uuid import UUID

SEALED = "sealed:"


def is_sealed(value: Any) -> bool:
    """Whether a column's value is a sealed text, not the value itself."""
    return isinstance(value, str) and value.startswith(SEALED)


def head_of(subject_id: UUID, version: int) -> str:
    """What a sealed text begins with."""
    return f"{SEALED}{version}:{base64.urlsafe_b64encode(subject_id.bytes).rstrip(b'=').decode()}:"


def subject_of(sealed: str) -> UUID:
    """Whose key opens a sealed text; ValueError when it is none."""
    parts = sealed.split(":", 3)
    if len(parts) != 4:
        raise ValueError("not a sealed text")
    return _subject(parts[2])


@lru_cache(maxsize=16_384)
def _subject(short: str) -> UUID:
    return UUID(bytes=base64.urlsafe_b64decode(short + "=="))

"""Values that stay secret at rest: sealed under the key of the person they belong to, open in memory only.

A sealed column is declared with ``sealed(form)`` and, to be found by equality, ``sealed_index("<column>")``. Its stored
text is ``sealed:<version>:<subject>:<ciphertext>``: AES-256-GCM, authenticated with
``service|table|column|subject|version``, so that it opens in its own place only. The subject is the record's id.

The nonce is made of place and value (a synthetic IV): a value that did not change is stored as it was, and one key
never meets a nonce twice for two values.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import mapped_column

from crm_kit.blind_index import Form, Mark, digested_keys, index_of, marks_of
from crm_kit.sealed_text import head_of, is_sealed
from crm_kit.secret_box import SecretUnreadable

KEY_BYTES = 64
"""32 for the cipher, 32 for the nonces."""
PLACES: dict[str, dict[str, str]] = {}
"""Message → field → ``table|column`` of the sealed fields that answers may carry; mappings enter theirs."""
_NONCE_BYTES = 12
_GRAMS = "search_grams"


class SealedColumn(NamedTuple):
    """One sealed column of a table; ``digest`` names its index column, blank when nobody looks for it."""

    name: str
    digest: str
    form: Form | None


class SubjectKey:
    """The key of one data subject."""

    __slots__ = ("_cipher", "_head", "_nonces", "_whose", "subject_id", "version")

    def __init__(self, subject_id: UUID, version: int, secret: bytes) -> None:
        self.subject_id, self.version = subject_id, version
        self._cipher, self._nonces = AESGCM(secret[:32]), secret[32:]
        self._head = head_of(subject_id, version)
        self._whose = f"|{subject_id}|{version}".encode()

    def seal(self, plain: str, place: str) -> str:
        """``plain`` so that only this key opens it, in its place (``service|table|column``)."""
        about, content = self._about(place), plain.encode()
        nonce = hmac.digest(self._nonces, about + b"|" + content, hashlib.sha256)[:_NONCE_BYTES]
        return self._head + base64.b64encode(nonce + self._cipher.encrypt(nonce, content, about)).decode()

    def open(self, sealed: str, place: str) -> str:
        """The value; raises SecretUnreadable when it was changed or comes from another place."""
        try:
            content = base64.b64decode(sealed.rpartition(":")[2], validate=True)
            plain = self._cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], self._about(place))
        except (ValueError, InvalidTag) as error:
            raise SecretUnreadable(f"{place} of {self.subject_id}: changed, or sealed elsewhere") from error
        return plain.decode()

    def seal_bytes(self, plain: bytes, place: str) -> bytes:
        """The same for a file."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, self._about(place))

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """The file; raises SecretUnreadable."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._about(place))
        except InvalidTag as error:
            raise SecretUnreadable(f"{place} of {self.subject_id}: changed, or sealed elsewhere") from error

    def _about(self, place: str) -> bytes:
        return place.encode() + self._whose


def sealed(form: Form | None = None) -> Any:
    """A sealed text column; ``form``: how its values are recognised, which needs a ``sealed_index`` beside it."""
    return mapped_column(default="", info={"sealed": form})


def sealed_list(form: Form | None = None) -> Any:
    """A column of several sealed texts; they are searched, never filtered."""
    return mapped_column(default_factory=list, info={"sealed": form})


def digested(*kinds: str) -> Any:
    """A column of keys ``<kind>:<value>``; the values of these kinds are stored as digests."""
    return mapped_column(default_factory=list, info={"digested": frozenset(kinds)})


def sealed_index(column: str) -> Any:
    """The index column of a sealed one, filled when the record is stored."""
    return mapped_column(default="", info={"index_of": column})


@cache
def sealed_columns(table: Any) -> tuple[SealedColumn, ...]:
    """The sealed columns of a table."""
    indexes = {column.info["index_of"]: column.name for column in table.c if "index_of" in column.info}
    return tuple(
        SealedColumn(column.name, indexes.get(column.name, ""), column.info["sealed"])
        for column in table.c
        if "sealed" in column.info
    )


@cache
def digested_columns(table: Any) -> tuple[tuple[str, frozenset[str]], ...]:
    """The columns of a table that hold digested keys, with the kinds."""
    return tuple((column.name, column.info["digested"]) for column in table.c if "digested" in column.info)


def columns_of(entity: type[Any]) -> tuple[SealedColumn, ...]:
    """The same for a mapped class."""
    return sealed_columns(entity.__table__)


def texts_in(value: Any) -> Sequence[str]:
    """The texts of a column that holds one or several."""
    return value if isinstance(value, (list, tuple)) else (value,) if value else ()


def seal_entity(entity: Any, service: str, key: SubjectKey | None, mark: Mark, *, marks: bool) -> None:
    """Seal what is open, in place, and bring the index columns in step; ``marks``: those in the gram column as well.

    ``key`` None: nothing is left that would need one.
    """
    found: set[str] = set()
    for column in columns_of(type(entity)):
        value = getattr(entity, column.name)
        if not value:
            if column.digest and getattr(entity, column.digest):
                setattr(entity, column.digest, "")
            continue
        place = f"{service}|{entity.__tablename__}|{column.name}"
        plain = opened(value, key, place)
        closed = _each(
            value, lambda text, place=place: text if is_sealed(text) else _needed(key, place).seal(text, place)
        )
        if closed != value:
            setattr(entity, column.name, closed)
        if column.form is None:
            continue
        if column.digest:
            setattr(entity, column.digest, index_of(mark, column.form, plain))
        for text in texts_in(plain):
            found |= marks_of(mark, column.form, text)
    for name, kinds in digested_columns(entity.__table__):
        setattr(entity, name, digested_keys(mark, kinds, getattr(entity, name)))
    if marks and hasattr(entity, _GRAMS):
        setattr(entity, _GRAMS, sorted({*getattr(entity, _GRAMS), *found}))


def open_entity(entity: Any, service: str, key: SubjectKey) -> None:
    """Open what is sealed, in place; it is sealed to the same text again when the record is stored."""
    for column in columns_of(type(entity)):
        value = getattr(entity, column.name)
        plain = opened(value, key, f"{service}|{entity.__tablename__}|{column.name}")
        if plain != value:
            setattr(entity, column.name, plain)


def opened(value: Any, key: SubjectKey | None, place: str) -> Any:
    """A column's value with what is sealed in it open; SecretUnreadable without the key."""
    return _each(value, lambda text: _needed(key, place).open(text, place) if is_sealed(text) else text)


def sealed_value(value: Any, key: SubjectKey, place: str) -> Any:
    """A column's open value, one text or several, as it is stored."""
    return _each(value, lambda text: key.seal(text, place))


def has_open(entity: Any) -> bool:
    """Whether a sealed column holds the value itself."""
    values = (getattr(entity, column.name) for column in columns_of(type(entity)))
    return any(not is_sealed(text) for value in values for text in texts_in(value))


def has_sealed(entity: Any) -> bool:
    """Whether a sealed column holds a sealed text."""
    values = (getattr(entity, column.name) for column in columns_of(type(entity)))
    return any(is_sealed(text) for value in values for text in texts_in(value))


def _needed(key: SubjectKey | None, place: str) -> SubjectKey:
    if key is None:
        raise SecretUnreadable(f"{place}: its key is gone")
    return key


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, list):
        return [change(text) for text in value]
    return change(value) if value else value

"""How the parts of the story are told: each request by whoever makes it, under names of its own."""

import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol


class Do(Protocol):
    """``do("ClaimLead", id=…)`` sends one request and answers its record; ``etag`` goes into If-Match."""

    def __call__(self, rpc: str, *, etag: str = "", **fields: Any) -> Any: ...

    def signed_in(self, login: str, password: str) -> "Do":
        """The same for another person."""


PASSWORD = "correct horse battery 9"


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@dataclass(frozen=True)
class Telling:
    """One person's part of the story; ``do`` decides what happens to each request on its way."""

    do: Do
    tag: str
    user: Any

    @property
    def me(self) -> str:
        return str(self.user["id"])

    @cached_property
    def number(self) -> int:
        return zlib.crc32(self.tag.encode())

    def by(self, user: Any) -> "Telling":
        """What somebody else does, whose password is the one of all."""
        return replace(self, do=self.do.signed_in(user["login"], PASSWORD), user=user)

    def move(self, record: Any, *verbs: str, **fields: Any) -> Any:
        """Several custom methods on one record, one after the other."""
        for verb in verbs:
            record = self.do(verb, id=record["id"], **fields)
        return record

    def change(self, resource: str, record: Any, **fields: Any) -> Any:
        name = "".join(part.capitalize() for part in resource.split("_"))
        return self.do(f"Update{name}", etag=record["etag"], **{resource: {"id": record["id"], **fields}})

"""Units that moved in the tree, as a service remembers them.

Events say where a record lay when they happened. What was announced before everybody was through with a move is read as
if it had been said after it, so that a copy of a record never falls back to a place where it does not lie any more.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from sqlalchemy import Column, DateTime, Table, Uuid, select

from crm_kit.entity import Path
from crm_kit.metadata import kit_metadata

if TYPE_CHECKING:
    from crm_kit.database import Database

KNOWN_SECONDS = 2.0
"""How long a new move may stay unnoticed; whoever rewrites copies looks again long after that."""

unit_move = Table(
    "unit_move",
    kit_metadata,
    Column("id", Uuid, primary_key=True),
    Column("former_path", Path, nullable=False),
    Column("path", Path, nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    # When the last service was through: from then on the former path may be another unit's.
    Column("complete_time", DateTime(timezone=True)),
)


class Move(NamedTuple):
    """One move; ``complete_time`` is None while it is under way."""

    former_path: str
    path: str
    complete_time: datetime | None


class Moves:
    """The moves of the past and the present, oldest first."""

    def __init__(self, db: "Database") -> None:
        self._db = db
        self._known: tuple[float, tuple[Move, ...]] = (0.0, ())

    async def known(self) -> tuple[Move, ...]:
        """At most ``KNOWN_SECONDS`` old."""
        if self._known[0] <= time.monotonic():
            columns = unit_move.c
            statement = select(columns.former_path, columns.path, columns.complete_time).order_by(columns.start_time)
            async with self._db.connect() as connection:
                rows = (await connection.execute(statement)).all()
            self._known = (time.monotonic() + KNOWN_SECONDS, tuple(Move(*row) for row in rows))
        return self._known[1]

    def forget(self) -> None:
        """A move began or ended in this process: notice it at once."""
        self._known = (0.0, ())


def path_now(path: str, said: datetime, moves: Sequence[Move]) -> str:
    """Where a unit is that had this path at that time."""
    for move in moves:
        if path.startswith(move.former_path) and (move.complete_time is None or said < move.complete_time):
            path = move.path + path[len(move.former_path) :]
    return path


def relocate(message: Message, said: datetime, moves: Sequence[Move]) -> None:
    """Bring every ``unit_path`` in a message up to date, in place and at any depth."""
    if moves and (change := _relocation(message.DESCRIPTOR)) is not None:
        change(message, lambda path: path_now(path, said, moves))


_Change = Callable[[Any, Callable[[str], str]], None]


@lru_cache(maxsize=1024)
def _relocation(kind: Descriptor) -> _Change | None:
    return _compiled(kind, ())


def _compiled(kind: Descriptor, above: tuple[str, ...]) -> _Change | None:
    steps: list[_Change] = []
    for field in kind.fields:
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            if field.message_type.full_name not in above:
                inside = _compiled(field.message_type, (*above, kind.full_name))
                if inside is not None:
                    steps.append(_each(field, inside))
        elif field.name.endswith("unit_path") and not field.is_repeated:
            steps.append(_one(field))

    def change(message: Any, now: Callable[[str], str]) -> None:
        for step in steps:
            step(message, now)

    return change if steps else None


def _one(field: FieldDescriptor) -> _Change:
    name = field.name

    def change(message: Any, now: Callable[[str], str]) -> None:
        if path := getattr(message, name):
            setattr(message, name, now(path))

    return change


def _each(field: FieldDescriptor, inside: _Change) -> _Change:
    name = field.name

    def change(message: Any, now: Callable[[str], str]) -> None:
        if field.is_repeated:
            for item in getattr(message, name):
                inside(item, now)
        elif message.HasField(name):
            inside(getattr(message, name), now)

    return change

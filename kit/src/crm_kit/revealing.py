"""Where sealed values are opened: at the edge that answers them, and for rules that read rows past the entities.

An answer is opened for callers whose field rules let them see more than nothing; what they see masked is masked after.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from crm.type.v1.options_pb2 import DATA_CLASS_PERSONAL, DATA_CLASS_SENSITIVE, data_class
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from crm_kit.entity import Entity
from crm_kit.field_rules import Read, Rules, rule_of
from crm_kit.sealed_text import is_sealed, subject_of
from crm_kit.sealing import PLACES, opened, sealed_columns
from crm_kit.subject_keys import Fetch, SubjectErased, SubjectKeys, needed

if TYPE_CHECKING:
    from crm_kit.database import Database

log = logging.getLogger(__name__)


class Found(NamedTuple):
    """One sealed text of an answer. ``at`` is its position in a repeated field, -1 in a plain one."""

    message: Any
    field: str
    at: int
    place: str
    text: str

    def put(self, value: str) -> None:
        """The open value in place of the sealed one."""
        if self.at < 0:
            setattr(self.message, self.field, value)
        else:
            getattr(self.message, self.field)[self.at] = value


Search = Callable[[Any, list[Found]], None]


async def answer(message: Message, rules: Rules, subjects: SubjectKeys | None, fetch: Fetch) -> None:
    """Open, in place, what is sealed in an answer; what the rules hide stays closed and goes."""
    search = _search_of(message.DESCRIPTOR)
    if search is None or subjects is None:
        return
    found: list[Found] = []
    search(message, found)
    if not found:
        return
    whose = [None if _hidden(one, rules) else subject_of(one.text) for one in found]
    keys = await subjects.of({id for id in whose if id is not None}, fetch)
    for one, id in zip(found, whose, strict=True):
        key = None if id is None else keys.get(id)
        if id is not None and id not in keys:
            log.error("the key of %s is gone without having been destroyed", id)
        one.put("" if key is None else key.open(one.text, f"{subjects.service}|{one.place}"))


def _hidden(one: Found, rules: Rules) -> bool:
    return bool(rules) and rule_of(rules, one.message.DESCRIPTOR, one.field).read is Read.HIDDEN


def sealed_in(message: Message) -> list[Found]:
    """The sealed texts in a message of any service; their places are known to the one that sealed them."""
    found: list[Found] = []
    search = _foreign_search_of(message.DESCRIPTOR)
    if search is not None:
        search(message, found)
    return found


async def open_rows(db: "Database", rows: Sequence[dict[str, Any]], table_of: Callable[[Any], Any]) -> None:
    """Open, in place, what is sealed in rows with an ``id``; a row whose key was destroyed loses the values."""
    subjects = needed(db.subjects)
    keys = await subjects.of({UUID(str(row["id"])) for row in rows}, db.fetch)
    for row in rows:
        table = table_of(row)
        key = keys.get(UUID(str(row["id"])))
        for column in sealed_columns(table):
            value = row.get(column.name)
            if value and key is None:
                row[column.name] = type(value)()
            elif value:
                row[column.name] = opened(value, key, f"{subjects.service}|{table.name}|{column.name}")


async def open_texts(db: "Database", entity: type[Entity], texts: Mapping[str, str]) -> dict[str, str]:
    """Sealed texts by column of an entity, open; what is not sealed stays, whose key is gone is blank."""
    subjects = needed(db.subjects)
    keys = await subjects.of({subject_of(text) for text in texts.values() if is_sealed(text)}, db.fetch)
    found = {}
    for column, text in texts.items():
        key = keys.get(subject_of(text)) if is_sealed(text) else None
        place = f"{subjects.service}|{entity.__tablename__}|{column}"
        found[column] = text if not is_sealed(text) else "" if key is None else key.open(text, place)
    return found


async def open_file(db: "Database", id: UUID, place: str, content: bytes) -> bytes:
    """What such a file says; SubjectErased when its key was destroyed."""
    subjects = needed(db.subjects)
    key = (await subjects.of([id], db.fetch)).get(id)
    if key is None:
        raise SubjectErased(id=id)
    return key.open_bytes(content, f"{subjects.service}|{place}")


async def open_details(db: "Database", record_type: str, details: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Old and new values by column, as audits keep them, with what is sealed in them open."""
    texts = {text for one in details for text in _sealed_within(one)}
    if not texts or db.subjects is None:
        return [dict(one) for one in details]
    subjects = db.subjects
    keys = await subjects.of({subject_of(text) for text in texts}, db.fetch)

    def plain(value: Any, place: str) -> Any:
        if isinstance(value, dict):
            return {name: plain(part, place) for name, part in value.items()}
        if isinstance(value, list):
            return [plain(part, place) for part in value]
        if not is_sealed(value):
            return value
        key = keys.get(subject_of(value))
        return "" if key is None else key.open(value, place)

    place = f"{subjects.service}|{record_type}"
    return [{column: plain(value, f"{place}|{column}") for column, value in one.items()} for one in details]


def _sealed_within(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _sealed_within(part)
    elif is_sealed(value):
        yield value


@lru_cache(maxsize=4096)
def _search_of(message: Descriptor) -> Search | None:
    """How sealed texts are found in messages of a type; None when there can be none."""
    return _compiled(message, (), lambda kind: PLACES.get(kind.full_name, {}))


@lru_cache(maxsize=1024)
def _foreign_search_of(message: Descriptor) -> Search | None:
    return _compiled(message, (), _personal_texts)


def _personal_texts(message: Descriptor) -> Mapping[str, str]:
    return {
        field.name: ""
        for field in message.fields
        if field.type == FieldDescriptor.TYPE_STRING
        and field.GetOptions().Extensions[data_class] in {DATA_CLASS_PERSONAL, DATA_CLASS_SENSITIVE}
    }


def _compiled(
    message: Descriptor, above: Sequence[str], places_in: Callable[[Descriptor], Mapping[str, str]]
) -> Search | None:
    places = places_in(message)
    steps = [_here(field, places[field.name]) for field in message.fields if field.name in places]
    for field in message.fields:
        kind = field.message_type
        if kind is None or kind.full_name in above or not kind.file.package.startswith("crm."):
            continue
        if not kind.GetOptions().map_entry:
            inner = _compiled(kind, (*above, message.full_name), places_in)
            if inner is not None:
                steps.append(_inside(field, inner))
    if not steps:
        return None

    def search(value: Any, found: list[Found]) -> None:
        for step in steps:
            step(value, found)

    return search


def _here(field: FieldDescriptor, place: str) -> Search:
    name = field.name

    def each(value: Any, found: list[Found]) -> None:
        found += [
            Found(value, name, at, place, text) for at, text in enumerate(getattr(value, name)) if is_sealed(text)
        ]

    def one(value: Any, found: list[Found]) -> None:
        if is_sealed(text := getattr(value, name)):
            found.append(Found(value, name, -1, place, text))

    return each if field.is_repeated else one


def _inside(field: FieldDescriptor, inner: Search) -> Search:
    name = field.name

    def each(value: Any, found: list[Found]) -> None:
        for item in getattr(value, name):
            inner(item, found)

    def one(value: Any, found: list[Found]) -> None:
        if value.HasField(name):
            inner(getattr(value, name), found)

    return each if field.is_repeated else one

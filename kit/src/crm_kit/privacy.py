"""Where sealed values are sealed: in the transaction that stores them, whichever way it does.

From then on they are sealed texts: in rows, entities, events, row facts. A use case that needs the values says so
(``await tx.reveal(lead)``); answers are opened at the edge, in ``revealing.py``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Table, insert, inspect, select
from sqlalchemy.orm import Session

from crm_kit.blind_index import digested_keys, marks_of
from crm_kit.entity import Entity
from crm_kit.sealing import (
    SubjectKey,
    columns_of,
    digested_columns,
    has_open,
    has_sealed,
    open_entity,
    opened,
    seal_entity,
    sealed_columns,
    sealed_value,
    texts_in,
)
from crm_kit.subject_keys import SELECT, SubjectErased, SubjectKeys, needed, subject_key
from crm_kit.writes import changed

if TYPE_CHECKING:
    from crm_kit.tx import Tx

Keys = dict[UUID, SubjectKey | None]


async def seal_unsaved(tx: "Tx") -> None:
    """Seal what the session has not stored yet."""
    entities = _unsealed(tx.session.sync_session)
    if not entities:
        return
    subjects = needed(tx.call.db.subjects)
    known, missing = subjects.known(_stored(entities))
    if missing:
        known |= subjects.take_in(await tx.fetch(SELECT, missing))
    for row in _seal(tx.session.sync_session, subjects, entities, known):
        tx.insert(subject_key, row)


def seal_before_flush(session: Session, subjects: SubjectKeys | None) -> None:
    """The same when the session stores its entities by itself, before a query that may ask about them."""
    entities = _unsealed(session)
    if not entities:
        return
    subjects = needed(subjects)
    known, missing = subjects.known(_stored(entities))
    connection = session.connection()
    if missing:
        columns = (subject_key.c.subject_id, subject_key.c.version, subject_key.c.wrapped_dek)
        rows = connection.execute(select(*columns).where(subject_key.c.subject_id.in_(missing)))
        known |= subjects.take_in([tuple(row) for row in rows])
    made = _seal(session, subjects, entities, known)
    if made:
        connection.execute(insert(subject_key), made)
    if not session.info.get("closing"):
        keys = {**known, **session.info.get("subject_keys", {})}
        session.info["sealed_by_flush"] = [(entity, keys.get(entity.id)) for entity in entities]


def open_after_flush(session: Session, subjects: SubjectKeys | None) -> None:
    """The use case goes on with what it had in its hands."""
    for entity, key in session.info.pop("sealed_by_flush", ()):
        if key is not None and subjects is not None:
            open_entity(entity, subjects.service, key)


async def seal_new(tx: "Tx", entities: Sequence[Entity]) -> None:
    """Seal entities that go into their table by COPY, their keys with them."""
    if entities and columns_of(type(entities[0])):
        subjects = needed(tx.call.db.subjects)
        rows = _seal(tx.session.sync_session, subjects, entities, {})
        await tx.insert_many(subject_key, rows)


def committed(session: Session, subjects: SubjectKeys | None) -> None:
    """The keys made in the transaction are there to stay."""
    made = session.info.pop("subject_keys", None)
    if made and subjects is not None:
        subjects.remember(made)


async def reveal(tx: "Tx", entities: Iterable[Entity]) -> None:
    """Open the sealed values of entities in memory."""
    closed = [entity for entity in entities if has_sealed(entity)]
    if not closed:
        return
    subjects = needed(tx.call.db.subjects)
    keys = await _keys_of(tx, closed)
    for entity in closed:
        open_entity(entity, subjects.service, _key(keys, entity.id))


async def marks(tx: "Tx", entity: Entity) -> set[str]:
    """What the gram column of an entity holds of its own sealed values."""
    subjects = needed(tx.call.db.subjects)
    keys = await _keys_of(tx, [entity]) if has_sealed(entity) else {}
    found: set[str] = set()
    for column in columns_of(type(entity)):
        if column.form is not None:
            place = f"{subjects.service}|{entity.__tablename__}|{column.name}"
            value = getattr(entity, column.name)
            plain = opened(value, _key(keys, entity.id), place) if keys else value
            for text in texts_in(plain):
                found |= marks_of(subjects.mark, column.form, text)
    return found


async def seal_values(tx: "Tx", entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they would be stored in the columns of an entity, for rows in which they wait for it."""
    places = {column.name for column in columns_of(type(entity)) if values.get(column.name)}
    if not places:
        return dict(values)
    subjects = needed(tx.call.db.subjects)
    keys = await _keys_of(tx, [entity])
    key = keys.get(entity.id)
    if key is None:
        if entity.id in keys:
            raise SubjectErased(id=entity.id)
        key, row = subjects.new(entity.id)
        tx.session.sync_session.info.setdefault("subject_keys", {})[entity.id] = key
        tx.insert(subject_key, row)
    table = f"{subjects.service}|{entity.__tablename__}"
    return {
        name: sealed_value(value, key, f"{table}|{name}") if name in places else value for name, value in values.items()
    }


async def seal_rows(tx: "Tx", table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Seal, in place, rows of a table without entities; the subject is the row's ``id``."""
    subjects = needed(tx.call.db.subjects)
    made: Keys = tx.session.sync_session.info.setdefault("subject_keys", {})
    columns = sealed_columns(table)
    holding = [row for row in rows if any(row.get(column.name) for column in columns)]
    known = await subjects.of([row["id"] for row in holding if row["id"] not in made], tx.fetch)
    new = []
    for row in holding:
        id = row["id"]
        key = made.get(id) or known.get(id)
        if key is None:
            if id in known:
                raise SubjectErased(id=id)
            key, written = subjects.new(id)
            made[id] = key
            new.append(written)
        for column in columns:
            if row.get(column.name):
                row[column.name] = key.seal(row[column.name], f"{subjects.service}|{table.name}|{column.name}")
    for name, kinds in digested_columns(table):
        for row in rows:
            row[name] = digested_keys(subjects.mark, kinds, row[name])
    await tx.insert_many(subject_key, new)


def seal_file(tx: "Tx", id: UUID, place: str, content: bytes) -> bytes:
    """A new file under a key of its own; ``place`` is ``table|column``. It names many people, whose keys are elsewhere."""
    subjects = needed(tx.call.db.subjects)
    key, row = subjects.new(id)
    tx.insert(subject_key, row)
    tx.session.sync_session.info.setdefault("subject_keys", {})[id] = key
    return key.seal_bytes(content, f"{subjects.service}|{place}")


def _unsealed(session: Session) -> list[Entity]:
    return [
        entity
        for entity in (*session.new, *session.dirty)
        if isinstance(entity, Entity) and columns_of(type(entity)) and _touches_sealed(entity)
    ]


def _touches_sealed(entity: Entity) -> bool:
    changes = changed(entity)
    if changes is None:
        return has_open(entity)
    derived = {"search_grams", *(name for name, _ in digested_columns(type(entity).__table__))}
    return not derived.isdisjoint(changes) or any(column.name in changes for column in columns_of(type(entity)))


def _stored(entities: Iterable[Entity]) -> list[UUID]:
    return [entity.id for entity in entities if inspect(entity).key is not None]


def _seal(session: Session, subjects: SubjectKeys, entities: Iterable[Entity], known: Keys) -> list[dict[str, Any]]:
    """Seal in place; answers the rows of the keys that had to be made."""
    made: Keys = session.info.setdefault("subject_keys", {})
    rows = []
    for entity in entities:
        key = made.get(entity.id) or known.get(entity.id)
        if key is None and has_open(entity):
            if entity.id in known:
                raise SubjectErased(id=entity.id)
            key, row = subjects.new(entity.id)
            made[entity.id] = key
            rows.append(row)
        changes = changed(entity)
        seal_entity(entity, subjects.service, key, subjects.mark, marks=changes is None or "search_grams" in changes)
    return rows


async def _keys_of(tx: "Tx", entities: Sequence[Entity]) -> Keys:
    made: Keys = tx.session.sync_session.info.get("subject_keys", {})
    ids = [entity.id for entity in entities]
    stored = [id for id in ids if id not in made]
    return {**made, **await needed(tx.call.db.subjects).of(stored, tx.fetch)} if stored else made


def _key(keys: Keys, id: UUID) -> SubjectKey:
    key = keys.get(id)
    if key is None:
        raise SubjectErased(id=id)
    return key

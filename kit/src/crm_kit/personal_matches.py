"""Further records of the same person: one became the other, or both are reached in the same way. Never by name."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from crm.ops.v1.personal_data_service_pb2 import ContactPoint, SubjectMatch, SubjectRecord
from sqlalchemy import ColumnElement, Text, cast, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit.blind_index import MARK, Form, index_of
from crm_kit.holdings import WHY
from crm_kit.personal_data import Link, Person, Subjects
from crm_kit.revealing import open_rows
from crm_kit.sealing import columns_of, texts_in
from crm_kit.subject_keys import needed
from crm_kit.tx import Tx

MOST = 200
"""Matches of one kind of record for one reason: more are no person, but a switchboard."""
SAME = {"phone": "SAME_PHONE", "email": "SAME_EMAIL", "handle": "SAME_HANDLE"}
LINKED = "LINKED"
Points = Mapping[str, Sequence[str]]
"""Values by kind of contact point."""


async def contact_points(tx: Tx, persons: Sequence[Person], subjects: Subjects) -> list[ContactPoint]:
    """How the person's own records here reach the person, each value once."""
    found: dict[tuple[str, str], None] = {}
    for person in persons:
        if ids := subjects.get(person.resource):
            found |= dict.fromkeys(await _points_of(tx, person, ids))
    return [ContactPoint(kind=kind, value=value) for kind, value in found if value]


async def matches(tx: Tx, persons: Sequence[Person], subjects: Subjects, points: Points) -> list[SubjectMatch]:
    """Records that seem to be the person, each with every reason, those already named left out."""
    found: dict[tuple[str, UUID], set[str]] = {}
    for person in persons:
        for link in person.links:
            for resource, id in await _linked(tx, person, link, subjects):
                found.setdefault((resource, id), set()).add(LINKED)
        for kind, id in await _reached(tx, person, points):
            found.setdefault((person.resource, id), set()).add(SAME[kind])
    known = {(kind, id) for kind, ids in subjects.items() for id in ids}
    return [
        SubjectMatch(record=SubjectRecord(resource=resource, id=str(id)), because=sorted(because))
        for (resource, id), because in sorted(found.items())
        if (resource, id) not in known
    ]


async def _points_of(tx: Tx, person: Person, ids: Sequence[UUID]) -> list[tuple[str, str]]:
    table: Any = person.entity.__table__
    forms = {column.name: column.form for column in columns_of(person.entity) if column.form is not None}
    asked = select(*(table.c[name] for name in ("id", *forms))).where(table.c.id.in_(ids))
    rows = [dict(row) for row in (await tx.session.execute(asked.execution_options(**WHY))).mappings()]
    await open_rows(tx.call.db, rows, lambda _: table)
    return [
        (form.kind, form.normal(value)) for row in rows for name, form in forms.items() for value in texts_in(row[name])
    ]


async def _linked(tx: Tx, person: Person, link: Link, subjects: Subjects) -> list[tuple[str, UUID]]:
    columns: Any = person.entity.__table__.c
    holds = [one for one in (person.only, link.only) if one is not None]
    found = []
    if ids := subjects.get(person.resource):
        named = select(link.column).where(columns.id.in_(ids), link.column.is_not(None), *holds).limit(MOST)
        found += [(link.resource, id) for id in (await tx.session.execute(named.execution_options(**WHY))).scalars()]
    if ids := subjects.get(link.resource):
        naming = select(columns.id).where(link.column.in_(ids), *holds).limit(MOST)
        rows = await tx.session.execute(naming.execution_options(**WHY))
        found += [(person.resource, id) for id in rows.scalars()]
    return found


async def _reached(tx: Tx, person: Person, points: Points) -> list[tuple[str, UUID]]:
    table: Any = person.entity.__table__
    mark = needed(tx.call.db.subjects).mark
    only = true() if person.only is None else person.only
    found = []
    for column in columns_of(person.entity):
        if column.form is None or not (values := points.get(column.form.kind)):
            continue
        same = _same(table, column.digest, column.form, values, mark)
        asked = select(table.c.id).where(same, only).order_by(table.c.id).limit(MOST)
        ids = (await tx.session.execute(asked.execution_options(**WHY))).scalars()
        found += [(column.form.kind, id) for id in ids]
    return found


def _same(table: Any, digest: str, form: Form, values: Sequence[str], mark: Any) -> ColumnElement[bool]:
    """Equal by the blind index; of a column without one, by what the gram column holds of whole values."""
    if digest:
        equal: ColumnElement[bool] = table.c[digest].in_([index_of(mark, form, value) for value in values])
        return equal
    whole = [MARK + mark(f"{form.kind}~{form.normal(value)}") for value in values]
    overlap: ColumnElement[bool] = table.c.search_grams.op("&&", is_comparison=True)(
        cast(literal(whole, ARRAY(Text())), ARRAY(Text()))
    )
    return overlap

"""The same facts as of a moment: what lies before it is read from the rows, what changed since is taken back.

Positions and delegations say themselves when they hold. For everything else the row facts keep every old value, so
there is no second history to keep in step with the first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_identity.domain.assembly import House, Lent, Person, Post
from crm_identity.domain.delegation import Delegation
from crm_identity.domain.module import Module
from crm_identity.domain.position import Position
from crm_identity.domain.restriction_rule import RestrictionFacts, RestrictionRule, restriction_facts
from crm_identity.domain.role import Role, facts_of
from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_kit.access import unscoped
from crm_kit.audit_trail import audit_entry
from crm_kit.entity import Entity

_WHY = unscoped("what somebody may do follows from facts the asker need not see")
_BOUND = ("create_time", "delete_time")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class People:
    """Users as they were, and everybody who had lent them something."""

    persons: tuple[Person, ...]
    delegators: Mapping[UUID, Person]


async def house_at(connection: AsyncConnection, moment: datetime) -> House:
    """Roles and modules as they were; units on the move only matter now."""
    roles = await _rows_at(connection, Role, None, moment, ("code", "grants", "field_rules"))
    modules = await _rows_at(connection, Module, None, moment, ("code", "enabled"))
    restrictions = await _restrictions_at(connection, moment)
    return House(
        {row["code"]: facts_of(row["code"], row["grants"], row["field_rules"]) for row in roles},
        tuple(sorted(row["code"] for row in modules if not row["enabled"])),
        restrictions=restrictions,
    )


async def _restrictions_at(connection: AsyncConnection, moment: datetime) -> tuple[RestrictionFacts, ...]:
    columns = ("name", "resource", "filter", "roles", "unit_ids", "binds_owner", "active")
    rules = [row for row in await _rows_at(connection, RestrictionRule, None, moment, columns) if row["active"]]
    # Row facts hold ids as texts.
    named = {rule["id"]: [UUID(str(id)) for id in rule["unit_ids"]] for rule in rules}
    units = sorted({id for ids in named.values() for id in ids})
    among = _among(Unit.__table__.c.id, units)
    rows = await _rows_at(connection, Unit, among, moment, ("path",)) if units else []
    paths = {row["id"]: row["path"] for row in rows}
    return tuple(restriction_facts(rule, [paths[id] for id in named[rule["id"]] if id in paths]) for rule in rules)


async def people_at(connection: AsyncConnection, user_ids: Sequence[UUID], moment: datetime) -> People:
    """Those of the users who existed then, in the order of the ids."""
    among = _among(Delegation.__table__.c.delegate_id, user_ids)
    rows = await _rows_at(
        connection, Delegation, among, moment, ("delegate_id", "delegator_id", "permissions", "start_time", "end_time")
    )
    lent: dict[UUID, list[Lent]] = {}
    for row in rows:
        if _holds(row, moment):
            item = Lent(str(row["id"]), row["delegator_id"], tuple(row["permissions"]))
            lent.setdefault(row["delegate_id"], []).append(item)
    delegators = {item.delegator_id for items in lent.values() for item in items}
    persons = await _persons_at(connection, [*user_ids, *delegators], moment, lent)
    return People(
        tuple(persons[user_id] for user_id in user_ids if user_id in persons),
        {user_id: persons[user_id] for user_id in delegators if user_id in persons},
    )


async def _persons_at(
    connection: AsyncConnection, user_ids: Sequence[UUID], moment: datetime, lent: Mapping[UUID, Sequence[Lent]]
) -> dict[UUID, Person]:
    mine = _among(User.__table__.c.id, user_ids)
    users = await _rows_at(connection, User, mine, moment, ("display_name", "unit_path", "roles", "disabled"))
    held = _among(Position.__table__.c.user_id, user_ids)
    rows = await _rows_at(
        connection, Position, held, moment, ("user_id", "unit_path", "roles", "start_time", "end_time")
    )
    posts: dict[UUID, list[Post]] = {}
    for row in rows:
        if _holds(row, moment):
            post = Post(row["unit_path"], tuple(row["roles"]), str(row["id"]))
            posts.setdefault(row["user_id"], []).append(post)
    return {
        row["id"]: Person(
            row["id"],
            (Post(row["unit_path"], tuple(row["roles"])), *posts.get(row["id"], ())),
            row["display_name"],
            row["disabled"],
            lent=tuple(lent.get(row["id"], ())),
        )
        for row in users
    }


async def _rows_at(
    connection: AsyncConnection,
    entity: type[Entity],
    which: ColumnElement[bool] | None,
    moment: datetime,
    columns: Sequence[str],
) -> list[Row]:
    """Rows that existed then, with the values they had then; ``which`` may only ask for what never changes."""
    table = entity.__table__
    assert isinstance(table, Table)
    wanted = [table.c[name] for name in ("id", *columns, *_BOUND)]
    statement = select(*wanted).where(table.c.create_time <= moment).order_by(table.c.id)
    if which is not None:
        statement = statement.where(which)
    found = await connection.execute(statement, execution_options=_WHY)
    rows: dict[UUID, Row] = {row["id"]: dict(row) for row in found.mappings()}
    for record_id, fields in await _changes_since(connection, table.name, rows, moment):
        for name, change in fields.items():
            if name in rows[record_id]:
                rows[record_id][name] = change["old"]
    return [row for row in rows.values() if row["delete_time"] is None]


async def _changes_since(
    connection: AsyncConnection, record_type: str, ids: Iterable[UUID], moment: datetime
) -> list[tuple[UUID, Mapping[str, Any]]]:
    """Newest first, so that the last to be taken back leaves the value of that moment."""
    columns = audit_entry.c
    statement = (
        select(columns.record_id, columns.details)
        .where(
            _among(columns.record_id, list(ids)),
            columns.record_type == record_type,
            columns.action == "update",
            columns.time > moment,
        )
        .order_by(columns.id.desc())
    )
    return [(row.record_id, row.details) for row in (await connection.execute(statement)).all()]


def _among(column: Any, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """One array, so that the statement is the same for any number of ids."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))  # type: ignore[no-any-return]


def _holds(row: Row, moment: datetime) -> bool:
    """Whether it had begun and not ended; nothing holds before it was made."""
    start, end = _instant(row["start_time"]), _instant(row["end_time"])
    return (start is None or start <= moment) and (end is None or moment < end)


def _instant(value: datetime | str | None) -> datetime | None:
    """Instants as they are in rows, and as texts in row facts."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value

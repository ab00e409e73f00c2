"""How facts are written: many rows in one statement, the newest state of each winning whatever the order."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from crm.type.v1.money_pb2 import Money
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import Table, TableValuedAlias, bindparam, column, func
from sqlalchemy.dialects.postgresql import JSONB, insert

from crm_kit.tx import Tx

Row = dict[str, Any]


async def keep(tx: Tx, table: Table, rows: Sequence[Row], *, earliest: tuple[str, ...] = ()) -> None:
    """Write the present state of each row unless one of a later ``event_seq`` is known.

    Columns named in ``earliest`` keep the earliest instant they ever had.
    """
    keys = [key.name for key in table.primary_key]
    newest: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key not in newest or newest[key]["event_seq"] <= row["event_seq"]:
            newest[key] = row
    if newest:
        await tx.session.execute(_upsert(table, earliest), {"rows": as_json(newest.values())})


async def append(tx: Tx, table: Table, rows: Sequence[Row]) -> None:
    """Add rows that never change; those that are there already stay as they are."""
    if rows:
        await tx.session.execute(_append(table), {"rows": as_json(rows)})


def recordset(table: Table, *names: str) -> TableValuedAlias:
    """The parameter ``rows`` as a relation ``new`` with the table's columns of these names, all when none are named."""
    columns = [column(c.name, c.type) for c in table.c if not names or c.name in names]
    given = func.jsonb_to_recordset(bindparam("rows", type_=JSONB))
    return given.table_valued(*columns, name="new").render_derived(with_types=True)


def as_json(rows: Iterable[Row]) -> list[Row]:
    """Rows as JSON carries them; decimals as text, so that no digit is lost."""
    return [{str(k): str(v) if isinstance(v, Decimal | UUID) else v for k, v in row.items()} for row in rows]


@cache
def _upsert(table: Table, earliest: tuple[str, ...]) -> Any:
    new = recordset(table)
    statement = insert(table).from_select([c.name for c in table.c], new.select())
    excluded = statement.excluded
    changed = {
        c.name: func.least(c, excluded[c.name]) if c.name in earliest else excluded[c.name]
        for c in table.c
        if not c.primary_key
    }
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=changed, where=table.c.event_seq <= excluded.event_seq
    )


@cache
def _append(table: Table) -> Any:
    statement = insert(table).from_select([c.name for c in table.c], recordset(table).select())
    return statement.on_conflict_do_nothing()


def uuid_of(text: str) -> UUID | None:
    return UUID(text) if text else None


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def time_of(message: Any, field: str) -> datetime | None:
    """The instant in a field of a message; None when it is absent."""
    if not message.HasField(field):
        return None
    stamp: Timestamp = getattr(message, field)
    return stamp.ToDatetime(tzinfo=UTC)


def amount_of(message: Any, field: str) -> tuple[Decimal | None, str]:
    """The amount and currency in a field of a message; nothing when it is absent or empty."""
    if not message.HasField(field):
        return None, ""
    money: Money = getattr(message, field)
    return (Decimal(money.amount), money.currency) if money.amount else (None, "")

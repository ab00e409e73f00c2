"""Writing many rows at once: COPY inside the caller's transaction, ten times the speed of INSERT."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from crm_kit.entity import Entity


async def copy(session: AsyncSession, entities: Sequence[Entity]) -> None:
    """Store new entities of one kind; their row facts are recorded like those of any insert.

    They go through a table of the transaction's own, since PostgreSQL refuses COPY into one with row security; that
    costs next to nothing beside the indexes.
    """
    if not entities:
        return
    table: Table = type(entities[0]).__table__  # type: ignore[assignment]
    for entity in entities:
        entity.version = 1
    columns = [column.name for column in table.c]
    converts = [_converter(column.type) for column in table.c]
    names = list(zip(columns, converts, strict=True))
    records = [[convert(getattr(entity, name)) for name, convert in names] for entity in entities]
    if type(entities[0]).__unscoped__:
        await copy_rows(session, table.name, columns, records)
        return
    incoming = f"incoming_{table.name}"
    driver = await _driver(session)
    await driver.execute(f'CREATE TEMP TABLE "{incoming}" (LIKE "{table.name}") ON COMMIT DROP')
    await driver.copy_records_to_table(incoming, records=records, columns=columns)
    named = ", ".join(f'"{column}"' for column in columns)
    await driver.execute(f'INSERT INTO "{table.name}" ({named}) SELECT {named} FROM "{incoming}"')  # noqa: S608
    await driver.execute(f'DROP TABLE "{incoming}"')


async def copy_rows(
    session: AsyncSession, table: str, columns: Sequence[str], records: Sequence[Sequence[Any]]
) -> None:
    """Rows of plain values, JSON already as text, in the order of ``columns``."""
    await (await _driver(session)).copy_records_to_table(table, records=records, columns=columns)


async def _driver(session: AsyncSession) -> Any:
    return (await (await session.connection()).get_raw_connection()).driver_connection


def _converter(kind: Any) -> Callable[[Any], Any]:
    return _json if isinstance(kind, JSONB) else _same


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _same(value: Any) -> Any:
    return value

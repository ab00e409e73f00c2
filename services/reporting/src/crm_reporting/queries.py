"""The one place where records become readable: every report's statement is put together and run here.

A statement names records (``leads``, ``deals``); each name is defined here as the rows of its table that the caller may
see and asked for, and nothing else is readable but the names of units, people and stages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    Row,
    Select,
    String,
    Table,
    Uuid,
    and_,
    bindparam,
    select,
    text,
)
from sqlalchemy.engine.default import DefaultDialect

from crm_kit import restrictions
from crm_kit.access import scope_clause, subtree
from crm_kit.call import Call
from crm_kit.errors import PermissionDenied
from crm_kit.filtering import Fields
from crm_kit.tx import Tx
from crm_reporting.domain.projection import source_position
from crm_reporting.domain.reports import RESOURCES, SOURCES, Grouping, Report

PERMISSION, END = "/* permission */", "/* end of permission */"
ROW_LIMIT = 50_000
_NAMED = DefaultDialect(paramstyle="named")
_NAMED.supports_native_boolean = True
_NAME = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_TYPES = {
    datetime: DateTime(timezone=True),
    date: Date(),
    str: String(),
    bool: Boolean(),
    int: BigInteger(),
    Decimal: Numeric(),
    UUID: Uuid(),
}


class ReportWithheld(PermissionDenied):
    """Its numbers would count records that are hidden from the reader. Facts: resource."""

    en = "This report counts {resource}, of which you do not see everything in a way it could follow."
    zh = "该报表统计 {resource}，其中部分记录对您不可见，且报表无法据此扣除。"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with named parameters and the values it is run with."""

    sql: str
    values: dict[str, Any]


def scoped_statement(
    call: Call, report: Report, grouping: Grouping, unit_path: str, values: dict[str, Any]
) -> Statement:
    """The report's statement over what the caller may see, inside the unit asked for."""
    bound: dict[str, Any] = {}
    definitions = [f"{name} AS NOT MATERIALIZED ({_visible(call, name, unit_path, bound)})" for name in report.sources]
    body = report.statement(grouping).strip()
    sql = "WITH " + ",\n".join([*definitions, body]) + f"\nLIMIT {ROW_LIMIT}"
    everything = values | bound
    return Statement(sql, {name: everything[name] for name in dict.fromkeys(_NAME.findall(sql))})


def scoped_selection(call: Call, sources: Sequence[str], selection: Select[Any]) -> Statement:
    """A selection over these names, each of them what the caller may see in reports and may list besides."""
    bound: dict[str, Any] = {}
    definitions = []
    for name in sources:
        listed = scope_clause(call.principal, call.principal.reach(f"{RESOURCES[name][0]}.list"), SOURCES[name][0].c)
        definitions.append(f"{name} AS NOT MATERIALIZED ({_visible(call, name, '', bound, listed)})")
    body = _words(selection, "asked", bound).removeprefix("WITH ")
    sql = "WITH " + ",\n".join([*definitions, body])
    return Statement(sql, {name: bound[name] for name in dict.fromkeys(_NAME.findall(sql))})


async def answer(tx: Tx, statement: Statement) -> Sequence[Row[Any]]:
    """Run it, reading only."""
    await tx.session.execute(text("SET TRANSACTION READ ONLY"))
    typed = [bindparam(name, type_=_type_of(value)) for name, value in statement.values.items()]
    return (await tx.session.execute(text(statement.sql).bindparams(*typed), statement.values)).all()


async def positions(tx: Tx, services: Sequence[str]) -> dict[str, Row[Any]]:
    """How far each of the services is counted in; those never heard of are missing."""
    wanted = select(source_position).where(source_position.c.service.in_(services))
    return {row.service: row for row in await tx.session.execute(wanted)}


def _visible(call: Call, name: str, unit_path: str, bound: dict[str, Any], *besides: ColumnElement[bool]) -> str:
    table: Table = SOURCES[name][0]
    scope = and_(scope_clause(call.principal, call.reach, table.c), *besides, *_withheld(call, name, table))
    asked = subtree(unit_path, table.c.unit_path) if unit_path else None
    sql = f"SELECT * FROM {table.name} WHERE {PERMISSION} {_words(scope, f'scope_{name}', bound)} {END}"  # noqa: S608 - names of ours
    return sql if asked is None else f"{sql} AND {_words(and_(asked), f'unit_{name}', bound)}"


def _withheld(call: Call, name: str, table: Table) -> Sequence[ColumnElement[bool]]:
    """What restriction rules ask; ReportWithheld where the facts do not tell what a rule hides."""
    resource, is_record = RESOURCES[name]
    if not restrictions.touches(call.principal, resource):
        return ()
    fields = _fields(name)
    if not is_record or not restrictions.follows(call.principal, resource, fields):
        raise ReportWithheld(permission=call.permission, resource=resource)
    return restrictions.clauses_over(call.principal, resource, fields, table.c)


@cache
def _fields(name: str) -> Fields:
    table: Table = SOURCES[name][0]
    return Fields.of_entity(table, [column.name for column in table.c if not isinstance(column.type, JSON)])


def _words(clause: Any, prefix: str, bound: dict[str, Any]) -> str:
    """The clause as SQL whose parameters, named by the prefix, are added to ``bound``."""
    compiled = clause.compile(dialect=_NAMED)
    sql = str(compiled)
    for name, value in compiled.params.items():
        sql = re.sub(rf":{name}\b", f":{prefix}_{name}", sql)
        bound[f"{prefix}_{name}"] = value
    return sql


def _type_of(value: Any) -> Any:
    return next((known for python, known in _TYPES.items() if isinstance(value, python)), None)

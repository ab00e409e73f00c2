"""What a report says, as its reader gets it: rows, totals, the statement behind them and how fresh they are."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm.reporting.v1 import report_pb2 as pb
from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Value
from sqlalchemy import Row

from crm_reporting import queries
from crm_reporting.domain.reports.report import Column, Words


def fill(result: pb.ReportResult, columns: Sequence[Column], rows: Sequence[tuple[Any, Sequence[Any]]]) -> None:
    """Put rows in, each with whether it is a total."""
    for total, kept in rows:
        values = ListValue(values=[_value(column, value) for column, value in zip(columns, kept, strict=True)])
        (result.totals if total else result.rows).add(values=values)
    result.row_count = len(result.rows)


def vouch(
    result: pb.ReportResult, statement: queries.Statement, services: Sequence[str], positions: Mapping[str, Row[Any]]
) -> None:
    """Say where the rows come from and how fresh they are; give the answer its fingerprint, last of all."""
    result.sql = statement.sql
    result.parameters.extend(_parameter(name, value) for name, value in statement.values.items())
    for service in services:
        source = result.sources.add(service=service)
        if service in positions:
            source.fresh_as_of.FromDatetime(positions[service].fresh_as_of)
            source.applied_seq = positions[service].applied_seq
    if positions:
        result.fresh_as_of.FromDatetime(min(row.fresh_as_of for row in positions.values()))
    result.run_id = hashlib.sha256(result.SerializeToString(deterministic=True)).hexdigest()[:32]


def column_message(column: Column, language: str) -> pb.ReportColumn:
    label: Words = column.label
    return pb.ReportColumn(name=column.name, label=label.in_language(language), type=column.type, unit=column.unit)


def _parameter(name: str, value: Any) -> pb.ReportParameter:
    kinds = ((datetime, "time"), (date, "date"), (UUID, "id"), (int, "integer"))
    kind = next((kind for python, kind in kinds if isinstance(value, python)), "text")
    return pb.ReportParameter(name=name, type=kind, value=value.isoformat() if kind in {"time", "date"} else str(value))


def _value(column: Column, value: Any) -> Value:
    """Money as decimal text, every digit kept; counts and ratios as numbers."""
    if value is None or isinstance(value, str):
        return _json(value)
    if column.type == "decimal":
        return _json(_money_text(Decimal(value)))
    return _json(float(value))


def _money_text(value: Decimal) -> str:
    """Two fraction digits, more only when there are any."""
    short = value.quantize(Decimal("0.01"))
    return f"{short if short == value else value.normalize():f}"


def _json(value: str | float | None) -> Value:
    if value is None:
        return Value(null_value=NULL_VALUE)
    return Value(string_value=value) if isinstance(value, str) else Value(number_value=value)

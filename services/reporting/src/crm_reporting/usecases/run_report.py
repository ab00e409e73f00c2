"""Run a report: understand the question, read what the caller may see, and show how it was answered."""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm.reporting.v1 import report_pb2 as pb
from crm.reporting.v1.report_service_pb2 import RunReportRequest
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Value

from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.tx import begin
from crm_reporting import queries
from crm_reporting.domain.reports.report import Column, Words
from crm_reporting.usecases.filter_words import filters_in_words
from crm_reporting.usecases.question import Question, understand

LEADING = 3
"""What every row begins with: whether it is a total, the key and the name of its group."""


async def run_report(request: RunReportRequest, call: Call) -> pb.ReportResult:
    question = understand(request, call)
    report, grouping = question.report, question.grouping
    statement = queries.scoped_statement(call, report, grouping, question.unit_path, _values(question, call))
    async with begin(call) as tx:
        # Read first, so that the facts are at least as fresh as is said.
        positions = await queries.positions(tx, report.services)
        rows = await queries.answer(tx, statement)
    columns = (*grouping.columns, *report.columns)
    result = pb.ReportResult(
        name=report.name,
        title=report.title.in_language(call.language),
        definition_version=report.definition_version,
        columns=[column_message(column, call.language) for column in columns],
        filters=filters_in_words(question, call),
        sql=statement.sql,
        parameters=[_parameter(name, value) for name, value in statement.values.items()],
    )
    for row in rows:
        kept = [*row[1 : 1 + len(grouping.columns)], *row[LEADING:]]
        values = ListValue(values=[_value(column, value) for column, value in zip(columns, kept, strict=True)])
        (result.totals if row[0] else result.rows).add(values=values)
    result.row_count = len(result.rows)
    for service in report.services:
        source = result.sources.add(service=service)
        if service in positions:
            source.fresh_as_of.FromDatetime(positions[service].fresh_as_of)
            source.applied_seq = positions[service].applied_seq
    if positions:
        result.fresh_as_of.FromDatetime(min(row.fresh_as_of for row in positions.values()))
    result.run_id = hashlib.sha256(result.SerializeToString(deterministic=True)).hexdigest()[:32]
    asked = MessageToDict(request, preserving_proto_field_name=True)
    note(call, "report", "report", details={"asked": asked, "rows": result.row_count, "run_id": result.run_id})
    return result


def column_message(column: Column, language: str) -> pb.ReportColumn:
    label: Words = column.label
    return pb.ReportColumn(name=column.name, label=label.in_language(language), type=column.type, unit=column.unit)


def _values(question: Question, call: Call) -> dict[str, Any]:
    """Every parameter a statement may name."""
    period = question.period
    return {
        "from_time": period.from_time,
        "to_time": period.to_time,
        "from_date": period.first,
        "to_date": period.end,
        "today": period.today,
        "now": call.now,
        "time_zone": period.zone.key,
        "currency": question.currency,
        "language": call.language,
        **question.params,
    }


def _parameter(name: str, value: Any) -> pb.ReportParameter:
    kind = "time" if isinstance(value, datetime) else "id" if isinstance(value, UUID) else "text"
    if kind == "text" and not isinstance(value, str):
        kind = "date"
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

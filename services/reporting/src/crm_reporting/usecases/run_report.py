"""Run a report: understand the question, read what the caller may see, and show how it was answered."""

from typing import Any

from crm.reporting.v1 import report_pb2 as pb
from crm.reporting.v1.report_service_pb2 import RunReportRequest
from google.protobuf.json_format import MessageToDict

from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.tx import begin
from crm_reporting import queries
from crm_reporting.usecases.filter_words import filters_in_words
from crm_reporting.usecases.question import Question, understand
from crm_reporting.usecases.report_result import column_message, fill, vouch

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
    )
    keys = len(grouping.columns)
    fill(result, columns, [(row[0], [*row[1 : 1 + keys], *row[LEADING:]]) for row in rows])
    vouch(result, statement, report.services, positions)
    asked = MessageToDict(request, preserving_proto_field_name=True)
    note(call, "report", "report", details={"asked": asked, "rows": result.row_count, "run_id": result.run_id})
    return result


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

"""crm.reporting.v1.ReportService."""

from crm.reporting.v1 import report_pb2
from crm.reporting.v1 import report_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.dead_letters import refuse_partial_view
from crm_reporting.domain.reports import CATALOGUE, Report
from crm_reporting.usecases.ask_rebuild import ask_rebuild, read_rebuild
from crm_reporting.usecases.report_result import column_message
from crm_reporting.usecases.run_report import run_report


class ReportService:
    """The predefined reports, and the rebuild of what they are made of."""

    async def ListReports(self, _request: pb.ListReportsRequest, call: Call) -> pb.ListReportsResponse:
        return pb.ListReportsResponse(reports=[_described(report, call.language) for report in CATALOGUE.values()])

    async def RunReport(self, request: pb.RunReportRequest, call: Call) -> report_pb2.ReportResult:
        return await run_report(request, call)

    async def RebuildProjections(self, _request: pb.RebuildProjectionsRequest, call: Call) -> report_pb2.Rebuild:
        refuse_partial_view(call)
        return await ask_rebuild(call)

    async def GetRebuild(self, request: pb.GetRebuildRequest, call: Call) -> report_pb2.Rebuild:
        refuse_partial_view(call)
        return await read_rebuild(call, request.id)


def _described(report: Report, language: str) -> report_pb2.Report:
    columns = (*report.groupings[0].columns, *report.columns)
    return report_pb2.Report(
        name=report.name,
        title=report.title.in_language(language),
        title_en=report.title.en,
        title_zh=report.title.zh,
        description=report.description.in_language(language),
        definition_version=report.definition_version,
        uses_period=report.uses_period,
        group_by=[grouping.name for grouping in report.groupings if grouping.name],
        parameters=[
            report_pb2.ReportParameter(
                name=parameter.name, type=parameter.type, description=parameter.description.in_language(language)
            )
            for parameter in report.parameters
        ],
        columns=[column_message(column, language) for column in columns],
        sources=report.services,
    )

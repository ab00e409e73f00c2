"""Run a report of somebody's own making: understand it, read what the caller may see, and show how it was answered."""

from zoneinfo import ZoneInfo

from crm.reporting.v1 import report_pb2 as pb
from crm.reporting.v1.report_definition_service_pb2 import RunReportDefinitionRequest
from google.protobuf.json_format import MessageToDict
from sqlalchemy import select

from crm_kit.access import unscoped
from crm_kit.audience import usable
from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, NotFound
from crm_kit.ids import parse_id
from crm_kit.tx import Tx, begin
from crm_reporting import queries
from crm_reporting.domain.period import DEFAULT_ZONE
from crm_reporting.domain.report_definition import ReportDefinition
from crm_reporting.domain.report_plan import Plan, plan_of
from crm_reporting.domain.report_statement import sources_of, statement_of
from crm_reporting.domain.reports.report import Words
from crm_reporting.usecases.ask_dataset import condition, refuse_hidden
from crm_reporting.usecases.filter_words import SCOPES
from crm_reporting.usecases.report_result import column_message, fill, vouch

MORE = Words("Only the first {limit} rows; the totals count all.", "仅显示前 {limit} 行；合计包含全部数据。")
ZONE = Words("Days of {zone}.", "按时区 {zone} 计日。")
CONDITION = Words("Only where {filter}.", "仅限 {filter}。")
_AUDIENCE = unscoped("who may use a definition is asked by its audience")


def _given(request: RunReportDefinitionRequest) -> ReportDefinition:
    return ReportDefinition(
        dataset=request.dataset,
        rows=list(request.rows),
        columns=list(request.columns),
        measures=list(request.measures),
        filter=request.filter,
        order_by=request.order_by,
        row_limit=request.row_limit,
    )


async def _kept(tx: Tx, id: str) -> ReportDefinition:
    """A definition that the caller may use, else NotFound."""
    usable_one = select(ReportDefinition).where(
        ReportDefinition.id == parse_id(ReportDefinition, id),
        ReportDefinition.delete_time.is_(None),
        usable(tx.principal, ReportDefinition.__table__.c),
    )
    found = (await tx.session.execute(usable_one.execution_options(**_AUDIENCE))).scalar_one_or_none()
    if found is None:
        raise NotFound(resource="report_definition", id=id)
    return found


async def run_definition(request: RunReportDefinitionRequest, call: Call) -> pb.ReportResult:
    """What a definition says to the caller now: the kept one that is named, else the one the request spells out."""
    zone = _zone(request.time_zone)
    async with begin(call) as tx:
        definition = await _kept(tx, request.id) if request.id else _given(request)
        plan, wrong = plan_of(definition)
        if plan is None:
            raise InvalidArgument(wrong)
        refuse_hidden(call.principal, plan, call.language)
        where = condition(call.principal, plan, call.now.astimezone(zone))
        selection = statement_of(plan, where, zone.key, call.language)
        statement = queries.scoped_selection(call, sources_of(plan), selection)
        # Read first, so that the facts are at least as fresh as is said.
        positions = await queries.positions(tx, plan.dataset.services)
        rows = await queries.answer(tx, statement)
    totals = [row for row in rows if row[0]]
    kept = [row for row in rows if not row[0]]
    result = pb.ReportResult(
        name=plan.dataset.name,
        title=definition.name or plan.dataset.label.in_language(call.language),
        definition_version=definition.version or 0,
        columns=[column_message(column, call.language) for column in plan.result_columns],
        filters=_in_words(call, plan, zone.key, more=len(kept) > plan.limit),
    )
    fill(result, plan.result_columns, [(row[0], row[1:]) for row in (*kept[: plan.limit], *totals[: plan.limit])])
    vouch(result, statement, plan.dataset.services, positions)
    asked = MessageToDict(request, preserving_proto_field_name=True)
    note(call, "report", "report", details={"asked": asked, "rows": result.row_count, "run_id": result.run_id})
    return result


def _in_words(call: Call, plan: Plan, zone: str, *, more: bool) -> list[str]:
    said = [SCOPES[call.scope], *([CONDITION] if plan.filter else []), ZONE, *([MORE] if more else [])]
    facts = {"unit": call.principal.unit_path, "filter": plan.filter, "zone": zone, "limit": plan.limit}
    return [each.in_language(call.language).format(**facts) for each in said]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (KeyError, ValueError, OSError):
        en, zh = "Give an IANA zone such as Asia/Shanghai.", "请填写 IANA 时区，例如 Asia/Shanghai。"
        raise InvalidArgument.of("time_zone", "UNKNOWN_ZONE", en, zh) from None

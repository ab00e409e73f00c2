"""What is asked of a report, understood and checked; every refused field is named at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.reporting.v1.report_service_pb2 import RunReportRequest

from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, NotFound, Violation
from crm_reporting.domain.period import DEFAULT_ZONE, Period, period_of
from crm_reporting.domain.reports import CATALOGUE, Grouping, Parameter, Report

LONGEST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Question:
    """A report with everything that narrows it."""

    report: Report
    grouping: Grouping
    period: Period
    currency: str
    unit_path: str
    params: dict[str, str]


def understand(request: RunReportRequest, call: Call) -> Question:
    """The question; NotFound for a report there is not, InvalidArgument for what cannot be meant."""
    report = CATALOGUE.get(request.name)
    if report is None:
        raise NotFound(resource="report", id=request.name)
    wrong: list[Violation] = []
    grouping = report.grouping(request.group_by)
    if grouping is None:
        names = ", ".join(each.name for each in report.groupings if each.name)
        wrong.append(Violation("group_by", "UNKNOWN_GROUPING", f"Give one of: {names}.", f"请选择：{names}。"))
    period = _period(request, call, wrong)
    if request.currency and not (len(request.currency) == 3 and request.currency.isalpha()):
        wrong.append(Violation("currency", "NOT_A_CURRENCY", "Give a code such as CNY.", "请填写币种代码，如 CNY。"))
    if request.unit_path and not (request.unit_path.startswith("/") and request.unit_path.endswith("/")):
        wrong.append(
            Violation("unit_path", "NOT_A_PATH", "Give a path such as /hq/east/.", "请填写路径，如 /hq/east/。")
        )
    params = _params(report, request.params, wrong)
    if wrong or grouping is None or period is None:
        raise InvalidArgument(wrong)
    return Question(report, grouping, period, request.currency.upper(), request.unit_path, params)


def _period(request: RunReportRequest, call: Call, wrong: list[Violation]) -> Period | None:
    first = _day("from_date", request.from_date, wrong)
    end = _day("to_date", request.to_date, wrong)
    try:
        zone = ZoneInfo(request.time_zone or DEFAULT_ZONE)
    except (KeyError, ValueError, OSError):
        en, zh = "Give an IANA zone such as Asia/Shanghai.", "请填写 IANA 时区，例如 Asia/Shanghai。"
        wrong.append(Violation("time_zone", "UNKNOWN_ZONE", en, zh))
        return None
    try:
        period = period_of(first, end, zone, call.now)
    except OverflowError:
        wrong.append(Violation("to_date", "OUT_OF_RANGE", "Give a later day.", "请填写更晚的日期。"))
        return None
    if not 0 < (period.end - period.first).days <= LONGEST_DAYS:
        en = f"Give a day after from_date, at most {LONGEST_DAYS} days later; to_date itself is not included."
        zh = f"请填写晚于 from_date 且不超过 {LONGEST_DAYS} 天的日期；不含 to_date 当天。"
        wrong.append(Violation("to_date", "PERIOD_EMPTY_OR_TOO_LONG", en, zh))
    return period


def _params(report: Report, given: Iterable[str], wrong: list[Violation]) -> dict[str, str]:
    """Values by name, empty for those not given."""
    known = {parameter.name: parameter for parameter in report.parameters}
    values = dict.fromkeys(known, "")
    for i, text in enumerate(given):
        name, mark, value = text.partition("=")
        if name not in known or not mark:
            allowed = ", ".join(f"{each}=…" for each in known)
            en = f"Give one of: {allowed}." if known else "This report takes none."
            zh = f"请使用：{allowed}。" if known else "此报表没有参数。"
            wrong.append(Violation(f"params[{i}]", "UNKNOWN_PARAMETER", en, zh))
        elif _fits(known[name], value, f"params[{i}]", wrong):
            values[name] = value
    return values


def _fits(parameter: Parameter, value: str, field: str, wrong: list[Violation]) -> bool:
    if parameter.type == "date":
        return _day(field, value, wrong) is not None
    if parameter.type == "id":
        try:
            UUID(value)
        except ValueError:
            wrong.append(Violation(field, "NOT_A_UUID", "Give a UUID.", "请填写 UUID。"))
            return False
    return True


def _day(field: str, text: str, wrong: list[Violation]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong.append(Violation(field, "NOT_A_DATE", "Give a day such as 2026-11-23.", "请填写日期，如 2026-11-23。"))
        return None

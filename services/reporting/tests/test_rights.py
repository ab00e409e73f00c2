"""What a reader sees, and what they are told about it."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.identity.v1 import identity_events_pb2 as identity
from crm.identity.v1.unit_pb2 import Unit
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.reporting.v1 import report_service_pb2 as pb

from crm_kit.principal import Principal, Restriction, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.attack_matrix import wrongly_admitted
from crm_kit.testing.service import RunningService, somebody
from crm_reporting.domain.reports import CATALOGUE, SOURCES
from crm_reporting.domain.reports.report import Report

from .chronicle import HQ, SERVICE, Answer, History, Run, at

DEALER = somebody(unit_path="/hq/d1/", scope=Scope.SUBTREE)
PERIOD = {"from_date": "2026-03-01", "to_date": "2026-04-01", "time_zone": "UTC"}


def leads_of_two_dealers(seller: UUID) -> History:
    history = History()
    for unit_path, owner in (("/hq/d1/", None), ("/hq/d1/", seller), ("/hq/d1/shop/", None), ("/hq/d10/", None)):
        lead = Lead(id=str(uuid4()), state=Lead.POOLED, source=f"source {unit_path}", unit_path=unit_path)
        lead.owner_id = str(owner or "")
        lead.create_time.FromDatetime(at("2026-03-02 08:00"))
        history.add("lead", UUID(lead.id), "2026-03-02 08:00", leads.LeadCaptured(lead=lead))
    return history


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (HQ, 4),
        (DEALER, 3),
        (somebody(unit_path="/hq/d1/", scope=Scope.UNIT), 2),
        (somebody(unit_path="/hq/d1/", scope=Scope.OWN), 1),
        (somebody(unit_path="/hq/d1/", scope=Scope.OWN, user_id=UUID(int=5)), 2),
        (somebody(unit_path="/hq/d2/", scope=Scope.SUBTREE), 0),
    ],
)
async def test_every_number_is_of_what_the_reader_may_see(
    reporting: RunningService, run: Run, who: Principal, seen: int
) -> None:
    await leads_of_two_dealers(UUID(int=5)).deliver(reporting)
    answer = await run("lead_sources", who, **PERIOD, group_by="unit")
    assert answer.totals[0]["leads"] == seen
    assert sum(row["leads"] for row in answer.rows) == seen
    assert (await run("lead_funnel_cohort", who, **PERIOD)).rows[0]["reached"] == seen


async def test_numbers_leave_out_what_a_restriction_rule_hides(reporting: RunningService, run: Run) -> None:
    await leads_of_two_dealers(UUID(int=5)).deliver(reporting)
    rule = Restriction(str(uuid4()), "leads.lead", 'source = "source /hq/d1/"')
    for who, seen in ((HQ, 2), (DEALER, 1), (somebody(unit_path="/hq/", user_id=UUID(int=5)), 3)):
        answer = await run("lead_sources", replace(who, restrictions=(rule,)), **PERIOD)
        assert answer.totals[0]["leads"] == seen


@pytest.mark.parametrize(
    ("resource", "filter", "report"),
    [("leads.lead", "tags : confidential", "lead_sources"), ("sales.opportunity", 'name : "x"', "pipeline_by_stage")],
)
async def test_a_report_that_could_not_leave_it_out_is_refused(
    run: Run, resource: str, filter: str, report: str
) -> None:
    who = replace(HQ, restrictions=(Restriction(str(uuid4()), resource, filter),))
    with pytest.raises(RemoteError) as refused:
        await run(report, who, **PERIOD)
    assert refused.value.reason == "REPORT_WITHHELD"
    assert resource in str(refused.value)


async def test_asking_for_a_hidden_unit_shows_nothing(reporting: RunningService, run: Run) -> None:
    await leads_of_two_dealers(UUID(int=5)).deliver(reporting)
    answer = await run("lead_sources", DEALER, **PERIOD, unit_path="/hq/d10/")
    assert answer.totals[0]["leads"] == 0
    assert (await run("lead_sources", HQ, **PERIOD, unit_path="/hq/d10/")).totals[0]["leads"] == 1


async def test_the_answer_shows_its_sql_its_filters_and_how_fresh_it_is(reporting: RunningService, run: Run) -> None:
    await leads_of_two_dealers(UUID(int=5)).deliver(reporting)
    answer: Answer = await run("lead_sources", DEALER, **PERIOD)
    result = answer.result
    assert result.sql.count("/* permission */") == result.sql.count("/* end of permission */") == 2
    assert "/hq/d1/" in {parameter.value for parameter in result.parameters}
    assert result.filters[0] == "You see /hq/d1/ and the units below."
    assert result.sources[0].service == "leads"
    assert result.sources[0].applied_seq == 4
    assert result.fresh_as_of.ToDatetime() == at("2026-03-02 08:00").replace(tzinfo=None)
    assert result.row_count == len(answer.rows) == 2
    again = await run("lead_sources", DEALER, **PERIOD)
    assert again.result.run_id != (await run("lead_sources", HQ, **PERIOD)).result.run_id
    in_chinese = somebody(unit_path="/hq/d1/", scope=Scope.SUBTREE, language="zh-CN")
    assert (await run("lead_sources", in_chinese, **PERIOD)).result.title == "线索来源分析"


async def test_units_are_shown_with_their_names(reporting: RunningService, run: Run) -> None:
    history = leads_of_two_dealers(UUID(int=5))
    unit = Unit(id=str(uuid4()), name="经销商一", path="/hq/d1/")
    history.add("unit", UUID(unit.id), "2026-01-01 08:00", identity.UnitCreated(unit=unit))
    await history.deliver(reporting)
    rows = (await run("lead_sources", **PERIOD, group_by="unit")).rows
    assert {row["unit"]: row["unit_name"] for row in rows}["/hq/d1/"] == "经销商一"


@pytest.mark.parametrize("report", CATALOGUE.values(), ids=CATALOGUE)
@pytest.mark.parametrize(
    "who", [HQ, DEALER, somebody(unit_path="/hq/d1/", scope=Scope.OWN)], ids=["all", "dealer", "own"]
)
async def test_every_report_runs_for_everybody_in_every_grouping(run: Run, report: Report, who: Principal) -> None:
    for grouping in report.groupings:
        answer = await run(report.name, who, group_by=grouping.name, unit_path="/hq/", currency="CNY")
        assert answer.result.sql.count("/* permission */") == len(report.sources)


@pytest.mark.parametrize("report", CATALOGUE.values(), ids=CATALOGUE)
def test_no_statement_reads_a_table_of_facts_itself(report: Report) -> None:
    for grouping in report.groupings:
        statement = report.statement(grouping)
        assert not [table.name for table, _ in SOURCES.values() if table.name in statement]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"group_by": "moon"}, "group_by"),
        ({"from_date": "yesterday"}, "from_date"),
        ({"from_date": "2026-03-01", "to_date": "2026-03-01"}, "to_date"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"currency": "yuan"}, "currency"),
        ({"unit_path": "hq"}, "unit_path"),
        ({"params": ["x=1"]}, "params[0]"),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_field(run: Run, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(RemoteError, match=field.replace("[", r"\[")):
        await run("lead_sources", **asked)


async def test_a_report_there_is_not_is_not_found(run: Run) -> None:
    with pytest.raises(RemoteError) as refused:
        await run("moon_phase")
    assert refused.value.reason == "NOT_FOUND"


async def test_the_catalogue_lists_every_report_in_both_languages(reporting: RunningService) -> None:
    answer = await reporting.call(f"{SERVICE}/ListReports", pb.ListReportsRequest(), HQ)
    assert [report.name for report in answer.reports] == list(CATALOGUE)
    assert all(report.title_en and report.title_zh and report.columns for report in answer.reports)


async def test_every_rpc_refuses_every_wrong_principal(reporting: RunningService) -> None:
    assert await wrongly_admitted(reporting) == []

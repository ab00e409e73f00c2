"""Composition root: the one place that knows all parts of the reporting service."""

from crm_kit.following import Following
from crm_kit.service import Parts, Runtime, Service
from crm_reporting import consumers, jobs
from crm_reporting.domain.deal_facts import pipeline_rollup
from crm_reporting.domain.record import Record
from crm_reporting.rpc.dashboard_service import DashboardService
from crm_reporting.rpc.report_definition_service import ReportDefinitionService
from crm_reporting.rpc.report_service import ReportService
from crm_reporting.usecases.move_sums import move_sums
from crm_reporting.usecases.personal_data import PERSONAL_DATA
from crm_reporting.usecases.rebuild_facts import RebuildFacts


def compose(runtime: Runtime) -> Parts:
    following = Following(runtime, "reporting", Record.metadata, apart={pipeline_rollup: move_sums})
    return Parts(
        servicers={
            "crm.reporting.v1.ReportService": ReportService(),
            "crm.reporting.v1.ReportDefinitionService": ReportDefinitionService(),
            "crm.reporting.v1.DashboardService": DashboardService(),
        },
        consumers=[consumers.facts, following.consumer],
        callers={
            "crm.ops.v1.PersonalDataService": ("customers",),
            "crm.ops.v1.RestrictionService": ("identity",),
        },
        following=following,
        personal_data=PERSONAL_DATA,
        jobs=jobs.jobs(runtime.db, RebuildFacts(consumers.facts, runtime.channels)),
    )


service = Service("reporting", "crm_reporting", Record.metadata, compose)

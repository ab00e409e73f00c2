"""Composition root: the one place that knows all parts of the reporting service."""

from crm_kit.service import Parts, Runtime, Service
from crm_reporting import consumers, jobs
from crm_reporting.domain.record import Record
from crm_reporting.rpc.report_service import ReportService
from crm_reporting.usecases.rebuild_facts import RebuildFacts


def compose(runtime: Runtime) -> Parts:
    return Parts(
        servicers={"crm.reporting.v1.ReportService": ReportService()},
        consumers=[consumers.facts],
        jobs=jobs.jobs(runtime.db, RebuildFacts(consumers.facts, runtime.channels)),
    )


service = Service("reporting", "crm_reporting", Record.metadata, compose)

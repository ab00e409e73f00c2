"""What makes a definition and a dashboard fit to keep, and who is told of them."""

from collections.abc import Sequence

from crm.reporting.v1 import reporting_events_pb2 as events

from crm_kit.errors import Violation
from crm_kit.tx import Tx
from crm_reporting.domain.dashboard import Dashboard, faults_of_tiles
from crm_reporting.domain.report_definition import ReportDefinition
from crm_reporting.domain.report_plan import LONGEST, plan_of
from crm_reporting.usecases.ask_dataset import faults_of_filter
from crm_reporting.usecases.keep_shared import Keeping


def _faults_of_definition(tx: Tx, definition: ReportDefinition) -> Sequence[Violation]:
    definition.chart = definition.chart or "TABLE"
    plan, wrong = plan_of(definition)
    if not definition.name:
        wrong = [*wrong, Violation("name", "REQUIRED", "Give it a name.", "请填写名称。")]
    return wrong if plan is None else [*wrong, *faults_of_filter(plan, tx.now)]


def _faults_of_dashboard(_tx: Tx, dashboard: Dashboard) -> Sequence[Violation]:
    """A tile may name a report that is gone, or that some readers may not use: in its place it says so."""
    most = LONGEST["name"]
    if len(dashboard.name) > most:
        long = Violation("name", "TOO_LONG", f"Use at most {most} characters.", f"最多 {most} 个字符。")
        return [long, *faults_of_tiles(dashboard.tiles)]
    return faults_of_tiles(dashboard.tiles)


definitions = Keeping(ReportDefinition, _faults_of_definition, events.ReportDefinitionUpdated)
dashboards = Keeping(Dashboard, _faults_of_dashboard, events.DashboardUpdated)

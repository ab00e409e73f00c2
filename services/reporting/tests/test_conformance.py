"""The standard methods of what people keep here."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from crm.reporting.v1.dashboard_pb2 import Dashboard
from crm.reporting.v1.report_definition_pb2 import ReportDefinition

from crm_kit.testing.conformance import Bench, ResourceCase, Rule, checks
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_reporting.service import service


def a_definition(**facts: Any) -> ReportDefinition:
    plain = {"name": f"By source {uuid4()}", "dataset": "leads", "rows": ["source"], "measures": ["count"]}
    return ReportDefinition(**{**plain, "audience": ReportDefinition.EVERYONE, **facts})


def a_dashboard(**facts: Any) -> Dashboard:
    tiles = [{"report_definition_id": str(uuid4()), "width": 6}]
    return Dashboard(**{"name": f"Board {uuid4()}", "tiles": tiles, "audience": Dashboard.EVERYONE, **facts})


def a_name() -> str:
    return f"华东看板 {uuid4()}"


V1 = "crm.reporting.v1"
CASES = (
    ResourceCase(f"{V1}.ReportDefinitionService", a_definition, ("name", a_name)),
    ResourceCase(f"{V1}.DashboardService", a_dashboard, ("name", a_name)),
)


@pytest_asyncio.fixture(scope="module")
async def reporting_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.mark.parametrize(("case", "rule"), checks(*CASES))
async def test_standard_methods(reporting_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(reporting_at_work, case))

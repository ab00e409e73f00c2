"""The reporting service at work, and its reports as functions."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from crm.reporting.v1 import report_service_pb2 as pb

from crm_kit.principal import Principal
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_reporting.service import service

from .chronicle import HQ, SERVICE, Answer, Run


@pytest_asyncio.fixture
async def reporting(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path / "keys") as made:
        yield made


@pytest_asyncio.fixture
async def run(reporting: RunningService) -> Run:
    """Run a report: ``await run("revenue", from_date="2026-01-01", …)``, as headquarters unless ``who`` is given."""

    async def ask(name: str, who: Principal = HQ, **narrowed: Any) -> Answer:
        request = pb.RunReportRequest(name=name, **narrowed)
        return Answer(await reporting.call(f"{SERVICE}/RunReport", request, who))

    return ask

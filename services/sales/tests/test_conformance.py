"""The standard methods of the sales service's resources."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from crm.sales.v1.competitor_pb2 import Competitor
from crm.sales.v1.opportunity_pb2 import Opportunity
from crm.sales.v1.product_pb2 import Product
from crm.sales.v1.task_pb2 import Task

from crm_kit.testing.attack_matrix import wrongly_admitted
from crm_kit.testing.conformance import Bench, ResourceCase, Rule, checks
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_sales.service import service


def a_product(**facts: Any) -> Product:
    return Product(**{"code": uuid4().hex[:12].upper(), "name": f"Pump {uuid4()}", **facts})


def a_competitor(**facts: Any) -> Competitor:
    return Competitor(**{"name": f"Rival {uuid4()}", **facts})


def a_deal(**facts: Any) -> Opportunity:
    wanted = {
        "name": f"Deal {uuid4()}",
        "customer_id": str(uuid4()),
        "amount": {"amount": "100000", "currency": "CNY"},
        "need": "pumps",
        "expected_close_date": "2030-01-31",
    }
    return Opportunity(**{**wanted, **facts})


def a_task(**facts: Any) -> Task:
    return Task(
        **{"subject": f"Call {uuid4()}", "record_type": "customers.customer", "record_id": str(uuid4()), **facts}
    )


def placed(deal: Any) -> None:
    deal.pipeline_id, deal.stage, deal.stage_enter_time = uuid4(), "discover", datetime.now(UTC)


def a_name() -> str:
    return f"新名称 {uuid4()}"


PRODUCT = ResourceCase("crm.sales.v1.ProductService", a_product, ("name", a_name))
COMPETITOR = ResourceCase("crm.sales.v1.CompetitorService", a_competitor, ("name", a_name))
OPPORTUNITY = ResourceCase("crm.sales.v1.OpportunityService", a_deal, ("name", a_name), prepare=placed)
TASK = ResourceCase("crm.sales.v1.TaskService", a_task, ("subject", a_name))


@pytest.fixture(scope="module")
async def sales_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.mark.parametrize(("case", "rule"), checks(PRODUCT, COMPETITOR, OPPORTUNITY, TASK))
async def test_standard_methods(sales_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(sales_at_work, case))


async def test_every_rpc_refuses_every_wrong_principal(sales_at_work: RunningService) -> None:
    assert await wrongly_admitted(sales_at_work) == []

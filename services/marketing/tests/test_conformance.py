"""The standard methods of the marketing service's resources."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from crm.marketing.v1.campaign_pb2 import Campaign

from crm_kit.testing.attack_matrix import wrongly_admitted
from crm_kit.testing.conformance import Bench, ResourceCase, Rule, checks
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_marketing.service import service


def a_campaign(**facts: Any) -> Campaign:
    return Campaign(**{"name": f"Fair {uuid4()}", **facts})


def numbered(campaign: Any) -> None:
    campaign.number = uuid4().hex


CAMPAIGN = ResourceCase("crm.marketing.v1.CampaignService", a_campaign, ("name", "展会"), prepare=numbered)


@pytest.fixture(scope="module")
async def marketing_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.mark.parametrize(("case", "rule"), checks(CAMPAIGN))
async def test_standard_methods(marketing_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(marketing_at_work, case))


async def test_every_rpc_refuses_every_wrong_principal(marketing_at_work: RunningService) -> None:
    assert await wrongly_admitted(marketing_at_work) == []

"""The standard methods of the leads service's resources."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from crm.leads.v1.conflict_pb2 import Conflict
from crm.leads.v1.distribution_rule_pb2 import DistributionRule
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.pool_pb2 import Pool
from crm.leads.v1.web_form_pb2 import WebForm

from crm_kit.testing.attack_matrix import wrongly_admitted
from crm_kit.testing.conformance import Bench, ResourceCase, Rule, checks
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_leads.domain.lead_states import State
from crm_leads.service import service
from crm_leads.usecases.prepare_lead import index_lead


def a_lead(**facts: Any) -> Lead:
    name = f"Zoe {uuid4().hex}"
    return Lead(**{"name": name, "email": f"{uuid4().hex}@{uuid4().hex}.example.com", "need": "pumps", **facts})


def pooled(lead: Any) -> None:
    lead.state = State.POOLED
    index_lead(lead)


LEAD = ResourceCase("crm.leads.v1.LeadService", a_lead, ("need", "valves"), search="company", prepare=pooled)
POOL = ResourceCase(
    "crm.leads.v1.PoolService", lambda **facts: Pool(**{"name": f"Pool {uuid4()}", **facts}), ("name", "华东公海")
)
RULE = ResourceCase(
    "crm.leads.v1.DistributionRuleService",
    lambda **facts: DistributionRule(
        **{"name": f"Rule {uuid4()}", "method": "POOL", "target_unit_path": "/hq/", "disabled": True, **facts}
    ),
    ("name", "华东大客户"),
)


def pending(conflict: Any) -> None:
    conflict.lead_id, conflict.reason = uuid4(), f"reason {uuid4()}"


# Besides the page: the submissions, and the leads and customers they stand against.
CONFLICT = ResourceCase(
    "crm.leads.v1.ConflictService", Conflict, ("reason", "another"), prepare=pending, list_statements=3
)


def addressed(form: Any) -> None:
    form.key = uuid4().hex


# Besides the page: the counts.
WEB_FORM = ResourceCase(
    "crm.leads.v1.WebFormService",
    lambda **facts: WebForm(**{"name": f"Form {uuid4()}", **facts}),
    ("name", "官网表单"),
    prepare=addressed,
    list_statements=2,
)


@pytest.fixture(scope="module")
async def leads_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.mark.parametrize(("case", "rule"), checks(LEAD, POOL, RULE, CONFLICT, WEB_FORM))
async def test_standard_methods(leads_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(leads_at_work, case))


async def test_every_rpc_refuses_every_wrong_principal(leads_at_work: RunningService) -> None:
    assert await wrongly_admitted(leads_at_work) == []

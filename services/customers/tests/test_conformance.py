"""The standard methods of the customers service's resources."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from crm.customers.v1.contact_pb2 import Contact
from crm.customers.v1.customer_pb2 import Customer

from crm_customers.service import service
from crm_customers.usecases.prepare_contact import index_contact
from crm_customers.usecases.prepare_customer import index_customer
from crm_kit.testing.attack_matrix import wrongly_admitted
from crm_kit.testing.conformance import Bench, ResourceCase, Rule, checks
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running

from .clerk import Clerk


def a_customer(**facts: Any) -> Customer:
    key = uuid4().hex
    return Customer(**{"type": "ORGANIZATION", "name": f"Acme {key}", "code": f"K-{key}", "city": "Berlin", **facts})


def a_contact(**facts: Any) -> Contact:
    return Contact(**{"name": f"Zoe {uuid4().hex}", "job_title": "Buyer", **facts})


async def at_a_customer(running: RunningService) -> dict[str, Any]:
    return {"customer_id": (await Clerk(running).customer(f"Acme {uuid4().hex}")).id}


CUSTOMER = ResourceCase(
    "crm.customers.v1.CustomerService", a_customer, ("city", "上海"), search="name", prepare=index_customer
)
CONTACT = ResourceCase(
    "crm.customers.v1.ContactService",
    a_contact,
    ("job_title", "采购经理"),
    search="messenger",
    prepare=index_contact,
    given=at_a_customer,
)


@pytest.fixture(scope="module")
async def customers_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.mark.parametrize(("case", "rule"), checks(CUSTOMER, CONTACT))
async def test_standard_methods(customers_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(customers_at_work, case))


async def test_every_rpc_refuses_every_wrong_principal(customers_at_work: RunningService) -> None:
    assert await wrongly_admitted(customers_at_work) == []

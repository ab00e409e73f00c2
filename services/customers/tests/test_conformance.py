"""The standard methods of the customers service's resources."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from crm.customers.v1.contact_pb2 import Contact
from crm.customers.v1.customer_pb2 import Customer
from crm.customers.v1.legal_hold_pb2 import LegalHold
from crm.customers.v1.subject_request_pb2 import SubjectRequest
from crm.customers.v1.territory_alignment_pb2 import TerritoryAlignment
from crm.identity.v1.identity_events_pb2 import TerritoryUpdated
from crm.identity.v1.territory_pb2 import Territory

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


def a_request(**facts: Any) -> SubjectRequest:
    basics = {"kind": "ERASURE", "identity_check": "rang back", "subjects": [a_lead()]}
    return SubjectRequest(**{**basics, "legal_basis": "GDPR Art. 17", **facts})


def a_hold(**facts: Any) -> LegalHold:
    named = a_lead()
    return LegalHold(**{"resource": named["resource"], "record_id": named["id"], "reason": uuid4().hex, **facts})


def an_alignment(**facts: Any) -> TerritoryAlignment:
    return TerritoryAlignment(**{"kind": TerritoryAlignment.PREVIEW, **facts})


async def of_a_model(running: RunningService) -> dict[str, Any]:
    model_id, territory_id = uuid4(), uuid4()
    territory = Territory(id=str(territory_id), model_id=str(model_id), code="east", name="East")
    await running.deliver((territory_id, 1, TerritoryUpdated(territory=territory)))
    return {"territory_model_id": str(model_id)}


def a_lead() -> dict[str, str]:
    return {"resource": "leads.lead", "id": str(uuid4())}


def at_its_time(request: Any) -> None:
    request.receive_time = request.receive_time or datetime.now(UTC)
    request.due_time = request.receive_time + timedelta(days=30)


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
REQUEST = ResourceCase(
    "crm.customers.v1.SubjectRequestService",
    a_request,
    ("legal_basis", "PIPL Art. 47"),
    prepare=at_its_time,
)
HOLD = ResourceCase("crm.customers.v1.LegalHoldService", a_hold, ("reason", "Case 2026-77"))
ALIGNMENT = ResourceCase(
    "crm.customers.v1.TerritoryAlignmentService", an_alignment, ("note", "下半年规划"), given=of_a_model
)


@pytest.fixture(scope="module")
async def customers_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.mark.parametrize(("case", "rule"), checks(CUSTOMER, CONTACT, REQUEST, HOLD, ALIGNMENT))
async def test_standard_methods(customers_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(customers_at_work, case))


async def test_every_rpc_refuses_every_wrong_principal(customers_at_work: RunningService) -> None:
    assert await wrongly_admitted(customers_at_work) == []

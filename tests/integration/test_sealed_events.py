"""Events carry numbers and addresses sealed; whoever needs them asks the producer, and stores them sealed again."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from crm.customers.v1 import contact_service_pb2, customer_service_pb2
from crm.customers.v1.contact_pb2 import Contact
from crm.customers.v1.customer_pb2 import Customer
from crm.ops.v1 import sealed_value_service_pb2 as pb
from sqlalchemy import select, text

from crm_customers.service import service as customers_service
from crm_kit.intake import Intake
from crm_kit.outbox import outbox
from crm_kit.principal import system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, decode, envelope, running, somebody
from crm_leads.service import service as leads_service

MOBILE = "13800138000"


@pytest.fixture
async def customers(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running(customers_service, database_factory, tmp_path / "keys") as made:
        yield made


@pytest.fixture
async def leads(
    customers: RunningService, database_factory: DatabaseFactory, tmp_path: Path
) -> AsyncIterator[RunningService]:
    peers = {"customers": customers.address}
    async with running(leads_service, database_factory, tmp_path / "keys", peers=peers) as made:
        yield made


async def a_contact(customers: RunningService) -> Contact:
    who = somebody()
    customer = await customers.call(
        "crm.customers.v1.CustomerService/CreateCustomer",
        customer_service_pb2.CreateCustomerRequest(customer=Customer(type="ORGANIZATION", name="华东机械")),
        who,
    )
    request = contact_service_pb2.CreateContactRequest(
        contact=Contact(customer_id=customer.id, name="李雷", mobile=MOBILE, email="li.lei@huadong.cn")
    )
    made: Contact = await customers.call("crm.customers.v1.ContactService/CreateContact", request, who)
    return made


async def hand_over(customers: RunningService, leads: RunningService) -> None:
    """What customers announced reaches leads, as the broker would bring it."""
    async with customers.db.connect() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.event_id))).all()
    for row in rows:
        event = envelope(row.aggregate_id, row.event_seq, decode(row.event_type, row.payload))
        for consumer in leads.parts.consumers:
            if event.event_type in consumer.handlers:
                await Intake(consumer, leads.db).apply([event])


async def test_leads_recognises_a_customer_by_a_number_that_no_event_carried(
    customers: RunningService, leads: RunningService
) -> None:
    contact = await a_contact(customers)
    await hand_over(customers, leads)
    async with leads.db.connect() as connection:
        found = await connection.execute(
            text("SELECT match_keys FROM known_customer WHERE id = :id"), {"id": UUID(contact.id)}
        )
        keys = found.scalar_one()
    assert any(key.startswith("p:") for key in keys)
    assert any(key.startswith("e:") for key in keys)


async def test_only_named_services_may_ask_and_only_for_what_was_sealed_there(customers: RunningService) -> None:
    contact = await a_contact(customers)
    async with customers.db.connect() as connection:
        found = await connection.execute(text("SELECT mobile FROM contact WHERE id = :id"), {"id": UUID(contact.id)})
        sealed = found.scalar_one()
    path = "crm.ops.v1.SealedValueService/OpenSealedValues"
    asked = pb.OpenSealedValuesRequest(
        values=[pb.SealedValue(message="crm.customers.v1.Contact", field="mobile", text=sealed)]
    )
    answer = await customers.call(path, asked, system("event", "leads"), caller="leads")
    assert list(answer.values) == ["+86" + MOBILE]
    for caller in ("gateway", "sales"):
        with pytest.raises(RemoteError) as refused:
            await customers.call(path, asked, system("event", caller), caller=caller)
        assert refused.value.reason == "PERMISSION_DENIED"
    asked.values[0].field = "name"
    with pytest.raises(RemoteError) as refused:
        await customers.call(path, asked, system("event", "leads"), caller="leads")
    assert refused.value.reason == "INVALID_ARGUMENT"

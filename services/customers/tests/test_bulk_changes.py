"""Many customers and contacts at once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from crm.customers.v1 import customer_service_pb2 as pb
from crm.customers.v1.customer_pb2 import Customer
from crm.ops.v1 import bulk_change_service_pb2 as bulk_pb
from crm.ops.v1.bulk_change_pb2 import BulkChange

from crm_customers.service import service
from crm_kit.principal import Principal
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.identity import People, identity_at_the_wire
from crm_kit.testing.service import RunningService, running, somebody

from .test_conformance import a_customer

BULK, CUSTOMERS = "crm.ops.v1.BulkChangeService", "crm.customers.v1.CustomerService"


@pytest.fixture
async def people() -> AsyncIterator[People]:
    async with identity_at_the_wire() as made:
        yield made


@pytest.fixture
async def customers(database_factory: DatabaseFactory, tmp_path: Path, people: People) -> AsyncIterator[RunningService]:
    peers = {"identity": people.address}
    async with running(service, database_factory, tmp_path / "keys", peers=peers) as made:
        yield made


async def changed(customers: RunningService, who: Principal, made: BulkChange) -> BulkChange:
    await customers.change_in_bulk()
    request = bulk_pb.GetBulkChangeRequest(service="customers", id=made.id)
    ended: BulkChange = await customers.call(f"{BULK}/GetBulkChange", request, who)
    return ended


async def read(customers: RunningService, who: Principal, id: str) -> Customer:
    found: Customer = await customers.call(f"{CUSTOMERS}/GetCustomer", pb.GetCustomerRequest(id=id), who)
    return found


async def a_stored(customers: RunningService, who: Principal, **facts: Any) -> Customer:
    request = pb.CreateCustomerRequest(customer=a_customer(**facts))
    made: Customer = await customers.call(f"{CUSTOMERS}/CreateCustomer", request, who)
    return made


async def test_all_customers_that_match_get_a_tag_and_lose_it_again(customers: RunningService, people: People) -> None:
    who = people.add(somebody())
    some = [await a_stored(customers, who, city="Kassel", tags=["old"]) for _ in range(3)]
    other = await a_stored(customers, who, city="Bremen")
    change = BulkChange(
        service="customers", resource="customers", verb="update", filter='city = "Kassel"', all_matching=True
    )
    change.body.update({"tags": ["fair"]})
    request = bulk_pb.CreateBulkChangeRequest(bulk_change=change)
    ended = await changed(customers, who, await customers.call(f"{BULK}/CreateBulkChange", request, who))
    assert (ended.record_count, ended.changed_count) == (3, 3)
    assert {tuple((await read(customers, who, one.id)).tags) for one in some} == {("fair",)}
    assert not (await read(customers, who, other.id)).tags
    undo = bulk_pb.UndoBulkChangeRequest(service="customers", id=ended.id)
    back = await changed(customers, who, await customers.call(f"{BULK}/UndoBulkChange", undo, who))
    assert back.changed_count == 3
    assert {tuple((await read(customers, who, one.id)).tags) for one in some} == {("old",)}

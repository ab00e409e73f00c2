"""Somebody who uses the customers service over the wire, and what other services tell it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.customers.v1 import (
    consent_service_pb2,
    contact_service_pb2,
    conversion_service_pb2,
    customer_service_pb2,
    follow_up_service_pb2,
    legal_hold_service_pb2,
    subject_request_service_pb2,
    timeline_service_pb2,
)
from crm.customers.v1.contact_pb2 import Contact
from crm.customers.v1.customer_pb2 import Customer
from crm.customers.v1.follow_up_pb2 import FollowUp
from crm.sales.v1 import sales_events_pb2 as sales_events
from crm.sales.v1.contract_pb2 import Contract
from crm.sales.v1.opportunity_pb2 import Opportunity
from google.protobuf.field_mask_pb2 import FieldMask

from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

MODULES = (
    consent_service_pb2,
    contact_service_pb2,
    conversion_service_pb2,
    customer_service_pb2,
    follow_up_service_pb2,
    legal_hold_service_pb2,
    subject_request_service_pb2,
    timeline_service_pb2,
)


@dataclass
class Clerk:
    """Calls the service as one person; ``as_`` gives another."""

    service: RunningService
    principal: Principal = field(default_factory=somebody)

    def as_(self, **rights: Any) -> "Clerk":
        return Clerk(self.service, somebody(**rights))

    async def ask(self, path: str, *, caller: str = "gateway", key: str = "", **fields: Any) -> Any:
        """``await clerk.ask("CustomerService/GetCustomer", id=…)``."""
        name = path.partition("/")[2] + "Request"
        request = next(getattr(module, name) for module in MODULES if hasattr(module, name))(**fields)
        metadata = {"idempotency-key": key} if key else {}
        return await self.service.call(f"crm.customers.v1.{path}", request, self.principal, caller=caller, **metadata)

    async def customer(self, name: str = "上海华东机械有限公司", **fields: Any) -> Customer:
        made = Customer(**{"type": "ORGANIZATION", "name": name, **fields})
        return await self.ask("CustomerService/CreateCustomer", customer=made)

    async def person(self, name: str = "王小明", **fields: Any) -> Customer:
        return await self.customer(name, type="PERSON", **fields)

    async def get(self, id: str) -> Customer:
        return await self.ask("CustomerService/GetCustomer", id=id)

    async def change(self, customer: Customer, **fields: Any) -> Customer:
        changed = Customer(id=customer.id, etag=customer.etag, **fields)
        mask = FieldMask(paths=list(fields))
        return await self.ask("CustomerService/UpdateCustomer", customer=changed, update_mask=mask)

    async def find(self, **asked: Any) -> list[Customer]:
        return list((await self.ask("CustomerService/ListCustomers", **asked)).customers)

    async def contact(self, customer: Customer, name: str = "李雷", **fields: Any) -> Contact:
        made = Contact(customer_id=customer.id, name=name, **fields)
        return await self.ask("ContactService/CreateContact", contact=made)

    async def get_contact(self, id: str) -> Contact:
        return await self.ask("ContactService/GetContact", id=id)

    async def change_contact(self, contact: Contact, **fields: Any) -> Contact:
        changed = Contact(id=contact.id, etag=contact.etag, **fields)
        mask = FieldMask(paths=list(fields))
        return await self.ask("ContactService/UpdateContact", contact=changed, update_mask=mask)

    async def contacts_of(self, customer: Customer) -> list[Contact]:
        answer = await self.ask(
            "ContactService/ListContacts", filter=f'customer_id = "{customer.id}"', order_by="create_time"
        )
        return list(answer.contacts)

    async def follow_up(self, customer: Customer, **fields: Any) -> FollowUp:
        said = {"kind": "call", "direction": "outbound", **fields}
        return await self.ask("FollowUpService/CreateFollowUp", follow_up=FollowUp(customer_id=customer.id, **said))

    async def timeline(self, customer_id: str, **asked: Any) -> list[Any]:
        return list((await self.ask("TimelineService/ListTimeline", customer_id=customer_id, **asked)).entries)

    async def events(self) -> list[str]:
        """The types of what the service announced, in order."""
        return [event.event_type.rpartition(".")[2] for event in await self.service.announced()]

    async def deliver(self, *facts: tuple[UUID, int, Any], seed: int = 0) -> None:
        await self.service.deliver(*facts, seed=seed)

    @asynccontextmanager
    async def at(self, now: datetime) -> AsyncIterator[Any]:
        """A transaction of the service's own at an instant."""
        async with begin(self.service.work(now)) as tx:
            yield tx


@asynccontextmanager
async def refused(reason: str) -> AsyncIterator[None]:
    """What happens in the block is refused for this reason."""
    with pytest.raises(RemoteError) as caught:
        yield
    assert caught.value.reason == reason, caught.value


@dataclass
class Deal:
    """A contract or an opportunity of sales and what sales announces about it, in order."""

    customer_id: str
    id: UUID = field(default_factory=uuid4)
    seq: int = 0

    def contract(self, event: type[Any], state: str, **facts: Any) -> tuple[UUID, int, Any]:
        self.seq += 1
        told = Contract(
            id=str(self.id),
            customer_id=self.customer_id,
            number="CT-2026-000001",
            name="年度维护",
            state=state,
            **facts,
        )
        return self.id, self.seq, event(contract=told)

    def signed(self, **facts: Any) -> tuple[UUID, int, Any]:
        return self.contract(sales_events.ContractSigned, "SIGNED", **facts)

    def fulfilled(self, **facts: Any) -> tuple[UUID, int, Any]:
        return self.contract(sales_events.ContractFulfilled, "FULFILLED", **facts)

    def opportunity(self, event: type[Any], state: str, **facts: Any) -> tuple[UUID, int, Any]:
        self.seq += 1
        told = Opportunity(id=str(self.id), customer_id=self.customer_id, name="新产线", state=state, **facts)
        return self.id, self.seq, event(opportunity=told)


def names(records: Sequence[Any]) -> list[str]:
    return [record.name for record in records]


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)

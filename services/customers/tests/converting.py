"""The leads service as it converts a lead, seen from customers."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from crm.customers.v1.contact_pb2 import Contact
from crm.customers.v1.customer_pb2 import Customer
from sqlalchemy import func, select

from crm_customers.domain.contact import Contact as StoredContact
from crm_customers.domain.customer import Customer as StoredCustomer
from crm_kit.access import unscoped

from .clerk import Clerk


def new_id() -> str:
    return str(uuid4())


@dataclass
class Conversion:
    """One operation of the leads service."""

    clerk: Clerk
    operation_id: str = field(default_factory=new_id)
    lead_id: str = field(default_factory=new_id)
    customer: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, Any] | None = field(default_factory=dict)
    existing: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.customer = {
            "id": new_id(),
            "type": "ORGANIZATION",
            "name": "华东机械",
            "unit_path": "/hq/",
        } | self.customer
        if self.contact is not None:
            self.contact = {"id": new_id(), "name": "李雷", "mobile": "13800138000"} | self.contact

    async def create(self) -> Any:
        fields = {"customer": Customer(**self.customer)}
        if self.contact is not None:
            fields["contact"] = Contact(**self.contact)
        return await self.step("Create", lead_id=self.lead_id, **fields, **self.existing)

    async def confirm(self) -> Any:
        return await self.step("Confirm")

    async def cancel(self) -> Any:
        return await self.step("Cancel")

    async def step(self, name: str, **fields: Any) -> Any:
        method = "CreateForConversion" if name == "Create" else f"{name}Conversion"
        path = f"ConversionService/{method}"
        return await self.clerk.ask(path, caller="leads", operation_id=self.operation_id, **fields)


async def rows(clerk: Clerk) -> tuple[int, int]:
    """How many customers and contacts the database holds, visible or not."""
    async with clerk.service.db.connect() as connection:
        counts = []
        for entity in (StoredCustomer, StoredContact):
            statement = select(func.count()).select_from(entity)
            counts.append(
                (await connection.execute(statement, execution_options=unscoped("a test counts"))).scalar_one()
            )
    return counts[0], counts[1]

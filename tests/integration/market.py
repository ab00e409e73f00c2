"""An enterprise with a plan of territories, and what one does about them across its services."""

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.customers.v1 import customer_service_pb2 as customer_pb
from crm.customers.v1 import territory_alignment_service_pb2 as alignment_pb
from crm.customers.v1.customer_pb2 import Customer as CustomerMessage
from crm.customers.v1.territory_alignment_pb2 import TerritoryAlignment
from crm.identity.v1 import territory_model_service_pb2 as model_pb
from crm.identity.v1 import territory_service_pb2 as territory_pb
from crm.identity.v1.territory_pb2 import Territory, TerritoryModel
from crm.sales.v1 import opportunity_service_pb2 as deal_pb
from crm.sales.v1.opportunity_pb2 import Opportunity
from sqlalchemy import text

from crm_customers.domain.customer import Customer
from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .moving import ID, Enterprise

CUSTOMERS, SALES = "crm.customers.v1", "crm.sales.v1.OpportunityService"
PROVINCES = ("北京", "上海", "江苏", "浙江", "广东", "四川")
KINDS = ("prospect", "vip")
PLAN = (
    {"code": "china", "name": "全国"},
    {"code": "north", "name": "华北", "parent": "china", "rule": 'province = "北京"'},
    {"code": "east", "name": "华东", "parent": "china", "rule": 'province = ("上海" OR "江苏" OR "浙江")'},
    {"code": "south", "name": "华南", "parent": "china", "rule": 'province = "广东"'},
    {"code": "east-vip", "name": "华东大客户", "parent": "east", "rule": "kind = vip", "inherit": True, "priority": 10},
)


def lies_in(province: str, kind: str) -> list[str]:
    """The plan once more, in plain words."""
    region = {"北京": "north", "广东": "south"}.get(province, "east" if province in PROVINCES[1:4] else "")
    return [*(["east-vip"] if region == "east" and kind == "vip" else []), *([region] if region else [])]


class Market:
    """The enterprise with what one does about territories in it."""

    def __init__(self, house: Enterprise) -> None:
        self.house, self.identity = house, house.identity
        self.customers, self.sales = house.keepers["customers"], house.keepers["sales"]
        self.ids: dict[str, str] = {}

    async def plan(self, name: str = "2026", **members: dict[str, Sequence[str]]) -> TerritoryModel:
        request = model_pb.CreateTerritoryModelRequest(territory_model=TerritoryModel(name=name))
        model = await self.ask("TerritoryModelService/CreateTerritoryModel", request)
        for facts in PLAN:
            said = {**facts, **members.get(facts["code"].replace("-", "_"), {})}
            parent = self.ids.get(said.pop("parent", ""), "")
            made = Territory(model_id=model.id, parent_id=parent, **said)
            request = territory_pb.CreateTerritoryRequest(territory=made)
            self.ids[made.code] = (await self.ask("TerritoryService/CreateTerritory", request)).id
        return model

    async def ask(self, path: str, request: Any, who: Principal | None = None) -> Any:
        return await self.identity.call(f"{ID}.{path}", request, who or somebody())

    async def activate(self, model: TerritoryModel) -> None:
        request = model_pb.ActivateTerritoryModelRequest(id=model.id)
        await self.ask("TerritoryModelService/ActivateTerritoryModel", request)
        await self.settle()

    async def archive(self, model: TerritoryModel) -> None:
        request = model_pb.ArchiveTerritoryModelRequest(id=model.id)
        await self.ask("TerritoryModelService/ArchiveTerritoryModel", request)

    async def settle(self) -> None:
        """Events arrive, also at home, and jobs are done, until nothing is left to do."""
        for _ in range(3):
            await self.house.tell()
            await self.customers.hear(self.customers)
            for keeper in (self.customers, self.sales):
                await work(keeper)

    async def grow(self, count: int) -> None:
        random = Random(7)
        async with begin(self.customers.work()) as tx:
            made = [
                Customer(
                    code=f"C{number}",
                    name=f"Customer {number}",
                    province=random.choice(PROVINCES),
                    kind=random.choice(KINDS),
                    owner_id=uuid4(),
                    unit_path="/hq/",
                )
                for number in range(count)
            ]
            await tx.add_many(made)

    async def codes(self) -> dict[UUID, tuple[list[str], list[str]]]:
        """By customer, where it lies and where it should."""
        by_id = {UUID(id): code for code, id in self.ids.items()}
        found = await rows(self.customers, "SELECT id, province, kind, territory_ids FROM customer")
        return {row.id: ([by_id[id] for id in row.territory_ids], lies_in(row.province, row.kind)) for row in found}

    async def align(self, kind: int, model_id: str = "") -> TerritoryAlignment:
        wanted = TerritoryAlignment(kind=kind, territory_model_id=model_id)
        request = alignment_pb.CreateTerritoryAlignmentRequest(territory_alignment=wanted)
        service = f"{CUSTOMERS}.TerritoryAlignmentService"
        made = await self.customers.call(f"{service}/CreateTerritoryAlignment", request, somebody())
        await work(self.customers)
        again = alignment_pb.GetTerritoryAlignmentRequest(id=made.id)
        return await self.customers.call(f"{service}/GetTerritoryAlignment", again, somebody())

    async def create(self, who: Principal, **facts: Any) -> CustomerMessage:
        made = CustomerMessage(type=CustomerMessage.ORGANIZATION, **{"name": "云帆科技", **facts})
        request = customer_pb.CreateCustomerRequest(customer=made)
        return await self.customers.call(f"{CUSTOMERS}.CustomerService/CreateCustomer", request, who)

    async def customers_of(self, who: Principal) -> list[CustomerMessage]:
        self.customers.db.shares.forget()
        path, found, token = f"{CUSTOMERS}.CustomerService/ListCustomers", [], ""
        while True:
            request = customer_pb.ListCustomersRequest(page_size=200, page_token=token)
            page = await self.customers.call(path, request, who)
            found += page.customers
            token = page.next_page_token
            if not token:
                return found

    async def rename(self, who: Principal, id: str) -> CustomerMessage:
        changed = CustomerMessage(id=id, remark="looked at")
        request = customer_pb.UpdateCustomerRequest(customer=changed, update_mask={"paths": ["remark"]})
        return await self.customers.call(f"{CUSTOMERS}.CustomerService/UpdateCustomer", request, who)

    async def assign(self, id: str, *codes: str, excluded: bool = False) -> CustomerMessage:
        request = customer_pb.AssignCustomerTerritoriesRequest(id=id, territory_codes=codes, excluded=excluded)
        path = f"{CUSTOMERS}.CustomerService/AssignCustomerTerritories"
        return await self.customers.call(path, request, somebody())

    async def deal(self, customer_id: str, who: Principal | None = None) -> Opportunity:
        made = Opportunity(name="年度采购", customer_id=customer_id)
        return await self.sales.call(
            f"{SALES}/CreateOpportunity", deal_pb.CreateOpportunityRequest(opportunity=made), who or somebody()
        )

    async def deal_now(self, id: str, who: Principal | None = None) -> Opportunity:
        self.sales.db.shares.forget()
        request = deal_pb.GetOpportunityRequest(id=id)
        return await self.sales.call(f"{SALES}/GetOpportunity", request, who or somebody())

    async def member(self, login: str) -> str:
        return (await self.house.user(login, f"/hq/{login}/", ("sales_rep",))).id

    async def who(self, login: str) -> Principal:
        return await self.house.who(await self.house.sign_in(login))


async def work(service: RunningService) -> int:
    """Do the jobs that wait; answers how many there were."""
    done = 0
    while taken := await service.parts.jobs.take(1):
        for row, lease in taken:
            await service.parts.jobs.work_on(row, lease)
            done += 1
    return done


async def rows(service: RunningService, statement: str) -> list[Any]:
    async with service.db.connect() as connection:
        return list((await connection.execute(text(statement))).all())


async def refused(doing: Any) -> str:
    with pytest.raises(RemoteError) as found:
        await doing
    return found.value.reason

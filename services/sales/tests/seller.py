"""The sales service as its callers see it: RPCs in, events out, timers when their time has come."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from crm.sales.v1 import contract_pb2, opportunity_pb2, plan_line_pb2, quote_pb2, receipt_pb2

from crm_kit.principal import Principal
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_sales.jobs import timers

SERVICES = ("Opportunity", "Quote", "Contract", "PlanLine", "Receipt", "Task", "Pipeline", "Product", "Competitor")
ZONE = "Asia/Shanghai"


def today() -> date:
    """The day it is for the enterprise."""
    return datetime.now(UTC).astimezone(ZoneInfo(ZONE)).date()


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


PLAN: list[dict[str, Any]] = [
    {"name": "预付款", "percent": "30", "due_date": in_days(10)},
    {"name": "发货款", "percent": "30", "due_date": in_days(40)},
    {"name": "验收款", "percent": "40", "due_date": in_days(70)},
]


@dataclass
class Seller:
    """Somebody who sells; ``do`` names an RPC and its request's fields."""

    sales: RunningService
    who: Principal = field(default_factory=somebody)

    async def do(self, name: str, *, caller: str = "gateway", **fields: Any) -> Any:
        path = next(path for path in paths(name) if path)
        request = descriptors.method(path).request_type(**fields)
        return await self.sales.call(path, request, self.who, caller=caller)

    async def refused(self, name: str, **fields: Any) -> RemoteError:
        """The refusal of a call that must fail."""
        with pytest.raises(RemoteError) as refused:
            await self.do(name, **fields)
        return refused.value

    async def opportunity(self, **facts: Any) -> opportunity_pb2.Opportunity:
        """A deal worth 100,000 CNY."""
        wanted = {
            "name": "年度采购",
            "customer_id": str(uuid4()),
            "amount": {"amount": "100000", "currency": "CNY"},
            "need": "200 台工位",
            "expected_close_date": in_days(30),
            **facts,
        }
        return await self.do("CreateOpportunity", opportunity=wanted)

    async def quote(self, **facts: Any) -> quote_pb2.Quote:
        """A draft of GT-3."""
        wanted = {
            "name": "工位报价",
            "currency": "CNY",
            "lines": [
                {"name": "桌", "quantity": "3", "list_price": "19.99", "discount_percent": "10"},
                {"name": "椅", "quantity": "1", "list_price": "7.45"},
                {"name": "线", "quantity": "7", "list_price": "0.333"},
            ],
            **facts,
        }
        if not wanted.get("customer_id") and not wanted.get("opportunity_id"):
            wanted["customer_id"] = str(uuid4())
        return await self.do("CreateQuote", quote=wanted)

    async def accepted_quote(self, total: str = "100000", **facts: Any) -> quote_pb2.Quote:
        """One line, no tax, said yes to."""
        line = {"name": "系统", "quantity": "1", "list_price": total}
        quote = await self.quote(lines=[line], **facts)
        await self.do("SendQuote", id=quote.id)
        return await self.do("AcceptQuote", id=quote.id)

    async def signed_contract(self, plan: Iterable[dict[str, Any]] = (), **facts: Any) -> contract_pb2.Contract:
        """A contract over 100,000 CNY signed by both sides today."""
        quote = await self.accepted_quote(**facts)
        drafted = await self.do("CreateContract", contract={"quote_id": quote.id, "payment_plan": list(plan)})
        await self.do("SendContract", id=drafted.id)
        day = today().isoformat()
        return await self.do("SignContract", id=drafted.id, our_sign_date=day, their_sign_date=day)

    async def receipt(self, contract: contract_pb2.Contract, amount: str, **facts: Any) -> receipt_pb2.Receipt:
        """Money that arrived today and is not yet confirmed."""
        wanted = {
            "contract_id": contract.id,
            "amount": {"amount": amount, "currency": "CNY"},
            "receive_date": today().isoformat(),
            "payer": "上海云帆科技有限公司",
            "reference": uuid4().hex,
            **facts,
        }
        return await self.do("CreateReceipt", receipt=wanted)

    async def paid(self, contract: contract_pb2.Contract, amount: str, **facts: Any) -> receipt_pb2.Receipt:
        receipt = await self.receipt(contract, amount, **facts)
        return await self.do("ConfirmReceipt", id=receipt.id)

    async def plan(self, contract: contract_pb2.Contract) -> list[plan_line_pb2.PlanLine]:
        found = await self.do("GetContract", id=contract.id)
        return list(found.payment_plan)

    async def let_pass(self, days: float) -> int:
        """Fire whatever is due by then."""
        work, fired = timers(self.sales.db, clock=lambda: datetime.now(UTC) + timedelta(days=days)), 0
        while count := await work.fire_due():
            fired += count
        return fired

    async def events(self, *types: Any) -> list[Any]:
        """What was announced of these types, in order."""
        return [item.message for item in await self.sales.announced(*types)]


def paths(name: str) -> Iterable[str]:
    """Where an RPC of this name is served."""
    for resource in (*SERVICES, "Conversion"):
        service = descriptors.service(f"crm.sales.v1.{resource}Service")
        if name in service.methods_by_name:
            yield f"{service.full_name}/{name}"

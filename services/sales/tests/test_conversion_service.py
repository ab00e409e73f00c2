"""The part of sales in a conversion: once, invisible until confirmed, taken back without a trace."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from crm.sales.v1 import sales_events_pb2 as events
from sqlalchemy import select

from crm_kit.rpc.channels import RemoteError
from crm_sales.domain.stage_stay import stage_stay

from .seller import Seller


def a_request(**facts: Any) -> dict[str, Any]:
    deal = {"id": str(uuid4()), "name": "来自线索", "customer_id": str(uuid4()), "unit_path": "/hq/", **facts}
    return {"operation_id": str(uuid4()), "lead_id": str(uuid4()), "opportunity": deal}


async def create(seller: Seller, request: dict[str, Any]) -> Any:
    return await seller.do("CreateForConversion", caller="leads", **request)


async def confirm(seller: Seller, request: dict[str, Any]) -> None:
    await seller.do("ConfirmConversion", caller="leads", operation_id=request["operation_id"])


async def cancel(seller: Seller, request: dict[str, Any]) -> None:
    await seller.do("CancelConversion", caller="leads", operation_id=request["operation_id"])


async def test_an_unconfirmed_deal_is_invisible_and_unannounced(seller: Seller) -> None:
    request = a_request()
    made = await create(seller, request)
    assert made.opportunity_id == request["opportunity"]["id"]
    assert (await seller.refused("GetOpportunity", id=made.opportunity_id)).reason == "NOT_FOUND"
    assert (await seller.do("ListOpportunities", count=1)).total_size == 0
    assert not await seller.events(events.OpportunityCreated)


async def test_confirming_makes_it_a_deal_like_any_other_once(seller: Seller) -> None:
    request = a_request()
    await asyncio.gather(*(create(seller, request) for _ in range(3)))
    await asyncio.gather(*(confirm(seller, request) for _ in range(3)))
    deal = await seller.do("GetOpportunity", id=request["opportunity"]["id"])
    assert (deal.lead_id, deal.stage) == (request["lead_id"], "first_talk")
    [created] = await seller.events(events.OpportunityCreated)
    assert created.opportunity == deal


async def test_cancelling_leaves_nothing_behind(seller: Seller) -> None:
    request = a_request()
    await create(seller, request)
    await cancel(seller, request)
    await cancel(seller, request)
    async with seller.sales.db.connect() as connection:
        assert (await connection.execute(select(stage_stay.c.id))).all() == []
    with pytest.raises(RemoteError) as refused:
        await confirm(seller, request)
    assert refused.value.reason == "OPERATION_CANCELLED"


async def test_a_create_that_arrives_after_its_cancellation_is_refused(seller: Seller) -> None:
    request = a_request()
    await cancel(seller, request)
    with pytest.raises(RemoteError) as refused:
        await create(seller, request)
    assert refused.value.reason == "OPERATION_CANCELLED"


async def test_a_confirmed_deal_is_not_taken_back(seller: Seller) -> None:
    request = a_request()
    await create(seller, request)
    await confirm(seller, request)
    with pytest.raises(RemoteError) as refused:
        await cancel(seller, request)
    assert refused.value.reason == "CONVERSION_CONFIRMED"
    await seller.do("GetOpportunity", id=request["opportunity"]["id"])


async def test_only_the_leads_service_may_convert(seller: Seller) -> None:
    with pytest.raises(RemoteError) as refused:
        await seller.do("CreateForConversion", caller="gateway", **a_request())
    assert refused.value.reason == "PERMISSION_DENIED"

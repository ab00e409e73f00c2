"""What a contract is owed, what is received of it, and what becomes overdue, through the RPCs (GT-4)."""

import asyncio
from uuid import uuid4

from crm.sales.v1 import sales_events_pb2 as events
from crm.sales.v1.plan_line_pb2 import PlanLine
from crm.sales.v1.receipt_pb2 import Receipt

from .seller import PLAN, Seller, in_days, today


async def test_a_change_order_and_a_reversal_end_where_the_book_says(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    receipt = await seller.paid(contract, "30000")
    assert (receipt.state, receipt.applications[0].amount) == (Receipt.CONFIRMED, "30000")
    amended = await seller.do(
        "AmendContract", id=contract.id, value_change={"amount": "10000", "currency": "CNY"}, reason="增加 10 台"
    )
    assert [line.planned_amount.amount for line in amended.payment_plan] == ["30000", "34285.71", "45714.29"]
    assert (amended.amount.amount, amended.open_amount.amount) == ("110000", "80000")
    await seller.do("ReverseReceipt", id=receipt.id, reason="退票")
    after = await seller.do("GetContract", id=contract.id)
    assert (after.payment_plan[0].state, after.open_amount.amount) == (PlanLine.PENDING, "110000")
    [reversed_] = await seller.events(events.ReceiptReversed)
    assert reversed_.contract == after
    orders = await seller.do("ListContractAmendments", contract_id=contract.id)
    assert [(order.number, order.amount.amount, order.reason) for order in orders.amendments] == [
        (1, "110000", "增加 10 台")
    ]


async def test_a_change_order_below_what_was_received_is_refused(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    await seller.paid(contract, "50000")
    refused = await seller.refused(
        "AmendContract", id=contract.id, value_change={"amount": "-50000.01", "currency": "CNY"}, reason="x"
    )
    assert (refused.reason, "50000.00" in str(refused)) == ("BELOW_RECEIVED", True)


async def test_a_due_day_that_ends_unpaid_makes_the_line_overdue_until_it_is_paid(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    assert await seller.let_pass(9) == 0
    assert await seller.let_pass(11.1) == 1
    [overdue] = await seller.events(events.PlanLineOverdue)
    assert (overdue.plan_line.name, overdue.plan_line.open_amount.amount) == ("预付款", "30000")
    await seller.paid(contract, "30000")
    assert (await seller.plan(contract))[0].state == PlanLine.PAID
    assert await seller.let_pass(11.1) == 0


async def test_overdue_lines_of_all_contracts_are_one_list(seller: Seller) -> None:
    late = [{"name": "首付", "percent": "100", "due_date": in_days(-1)}]
    contract = await seller.signed_contract(late)
    await seller.signed_contract(PLAN)
    found = await seller.do("ListPlanLines", filter="state = OVERDUE", order_by="due_date")
    assert [line.contract_id for line in found.plan_lines] == [contract.id]
    await seller.paid(contract, "100000")
    assert not (await seller.do("ListPlanLines", filter="state = OVERDUE")).plan_lines
    [paid] = await seller.events(events.PlanLinePaid)
    assert paid.plan_line == (await seller.plan(contract))[0]


async def test_a_receipt_pays_the_lines_it_names(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    third = contract.payment_plan[2]
    receipt = await seller.paid(contract, "45000", applications=[{"plan_line_id": third.id, "amount": "40000"}])
    assert receipt.advance_amount.amount == "5000"
    assert [line.state for line in await seller.plan(contract)] == [PlanLine.PENDING, PlanLine.PENDING, PlanLine.PAID]


async def test_more_than_is_open_becomes_an_advance(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    receipt = await seller.paid(contract, "100000.50")
    assert receipt.advance_amount.amount == "0.5"
    after = await seller.do("GetContract", id=contract.id)
    assert (after.paid_amount.amount, after.open_amount.amount) == ("100000", "0")


async def test_an_application_to_a_strange_line_or_above_the_receipt_is_refused(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    wanted = {"contract": contract, "amount": "10"}
    path = "applications[0].plan_line_id"
    for parts, field in (
        ([{"plan_line_id": str(uuid4()), "amount": "10"}], path),
        ([{"plan_line_id": contract.payment_plan[0].id, "amount": "10.001"}], "applications[0].amount"),
        ([{"plan_line_id": contract.payment_plan[0].id, "amount": "11"}], "applications"),
    ):
        facts = {
            "contract_id": contract.id,
            "amount": {"amount": wanted["amount"], "currency": "CNY"},
            "receive_date": today().isoformat(),
            "payer": "x",
            "reference": uuid4().hex,
            "applications": parts,
        }
        assert field in str(await seller.refused("CreateReceipt", receipt=facts))


async def test_a_receipt_recorded_twice_is_refused_with_the_number_of_the_first(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    first = await seller.receipt(contract, "100", reference="BANK-1")
    facts = {
        "contract_id": contract.id,
        "amount": {"amount": "100.00", "currency": "CNY"},
        "receive_date": today().isoformat(),
        "payer": first.payer,
        "reference": "BANK-1",
    }
    refused = await seller.refused("CreateReceipt", receipt=facts)
    assert (refused.reason, first.number in str(refused)) == ("DUPLICATE_RECEIPT", True)
    await seller.do("RejectReceipt", id=first.id, reason="录错")
    await seller.do("CreateReceipt", receipt=facts)


async def test_money_in_another_currency_needs_the_banks_rate(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    facts = {
        "contract_id": contract.id,
        "amount": {"amount": "1000", "currency": "USD"},
        "receive_date": today().isoformat(),
        "payer": "Acme",
        "reference": "W-1",
    }
    assert "exchange_rate" in str(await seller.refused("CreateReceipt", receipt=facts))
    receipt = await seller.do("CreateReceipt", receipt={**facts, "exchange_rate": "7.123456"})
    assert (receipt.settled_amount.amount, receipt.settled_amount.currency) == ("7123.46", "CNY")
    confirmed = await seller.do("ConfirmReceipt", id=receipt.id)
    assert confirmed.applications[0].amount == "7123.46"


async def test_a_receipt_counts_once_however_often_it_is_confirmed(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    receipt = await seller.receipt(contract, "30000")
    attempts = [seller.do("ConfirmReceipt", id=receipt.id) for _ in range(5)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert (await seller.do("GetContract", id=contract.id)).paid_amount.amount == "30000"


async def test_parallel_receipts_never_pay_a_line_twice(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    receipts = [await seller.receipt(contract, "10000") for _ in range(8)]
    await asyncio.gather(*(seller.do("ConfirmReceipt", id=receipt.id) for receipt in receipts))
    after = await seller.do("GetContract", id=contract.id)
    assert (after.paid_amount.amount, after.open_amount.amount) == ("80000", "20000")
    assert [line.paid_amount.amount for line in after.payment_plan] == ["30000", "30000", "20000"]


async def test_a_write_off_closes_what_is_open(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    line = contract.payment_plan[0]
    part = await seller.do("WriteOffPlanLine", id=line.id, amount="1000", reason="尾差")
    assert (part.open_amount.amount, part.state) == ("29000", PlanLine.PENDING)
    closed = await seller.do("WriteOffPlanLine", id=line.id, reason="坏账")
    assert (closed.open_amount.amount, closed.state) == ("0", PlanLine.WRITTEN_OFF)
    assert (await seller.refused("WriteOffPlanLine", id=line.id, amount="1", reason="x")).reason == "NOTHING_OPEN"
    assert [fact.amount for fact in await seller.events(events.PlanLineWrittenOff)] == ["1000", "29000"]

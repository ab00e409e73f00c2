"""Contracts, their plans and the money received, through the RPCs (GT-4)."""

from uuid import uuid4

from crm.sales.v1 import quote_service_pb2
from crm.sales.v1 import sales_events_pb2 as events
from crm.sales.v1.contract_pb2 import Contract
from crm.sales.v1.plan_line_pb2 import PlanLine

from crm_kit.principal import Scope
from crm_kit.testing.service import RunningService, somebody

from .seller import PLAN, Seller, in_days, today


async def test_a_contract_takes_customer_deal_and_value_from_its_accepted_quote(seller: Seller) -> None:
    deal = await seller.opportunity()
    quote = await seller.accepted_quote("100000.00", opportunity_id=deal.id)
    made = await seller.do("CreateQuoteContract", id=quote.id, contract={"payment_plan": PLAN})
    assert (made.customer_id, made.opportunity_id, made.name) == (deal.customer_id, deal.id, quote.name)
    assert (made.amount.amount, made.state) == ("100000", Contract.DRAFT)
    assert [line.planned_amount.amount for line in made.payment_plan] == ["30000", "30000", "40000"]
    assert {line.state for line in made.payment_plan} == {PlanLine.INACTIVE}
    again = await seller.refused("CreateContract", contract={"quote_id": quote.id})
    assert (again.reason, made.number in str(again)) == ("QUOTE_HAS_CONTRACT", True)


async def test_a_repeat_under_the_same_key_is_answered_with_the_plan_as_well(seller: Seller) -> None:
    quote = await seller.accepted_quote("100000.00")
    request = quote_service_pb2.CreateQuoteContractRequest(id=quote.id, contract={"payment_plan": PLAN})
    path, key = "crm.sales.v1.QuoteService/CreateQuoteContract", {"idempotency-key": uuid4().hex}
    first, again = [await seller.sales.call(path, request, seller.who, **key) for _ in range(2)]
    assert first.payment_plan
    assert again == first


async def test_only_an_accepted_quote_becomes_a_contract(seller: Seller) -> None:
    quote = await seller.quote()
    refused = await seller.refused("CreateContract", contract={"quote_id": quote.id})
    assert refused.reason == "QUOTE_NOT_ACCEPTED"


async def test_a_plan_that_does_not_add_up_is_refused(seller: Seller) -> None:
    quote = await seller.accepted_quote()
    refused = await seller.refused("CreateContract", contract={"quote_id": quote.id, "payment_plan": PLAN[:2]})
    assert (refused.reason, "60 %" in str(refused)) == ("PLAN_DOES_NOT_ADD_UP", True)
    amounts = [{"planned_amount": {"amount": "99999.99", "currency": "CNY"}, "due_date": in_days(1)}]
    refused = await seller.refused("CreateContract", contract={"quote_id": quote.id, "payment_plan": amounts})
    assert "99999.99 CNY" in str(refused)
    nothing = [{"percent": "100"}]
    refused = await seller.refused("CreateContract", contract={"quote_id": quote.id, "payment_plan": nothing})
    assert "payment_plan[0].due_date" in str(refused)


async def test_a_contract_without_a_plan_is_due_on_signing(seller: Seller) -> None:
    contract = await seller.signed_contract()
    [line] = await seller.plan(contract)
    assert (line.planned_amount.amount, line.due_date, line.state) == ("100000", today().isoformat(), PlanLine.PENDING)


async def test_another_value_than_the_quotes_needs_approval(seller: Seller) -> None:
    quote = await seller.accepted_quote()
    other = {"quote_id": quote.id, "original_amount": {"amount": "95000", "currency": "CNY"}}
    made = await seller.do("CreateContract", contract=other)
    assert (await seller.refused("SendContract", id=made.id)).reason == "CONTRACT_NEEDS_APPROVAL"
    assert (await seller.do("SubmitContract", id=made.id)).state == Contract.IN_APPROVAL
    assert (await seller.do("ApproveContract", id=made.id)).state == Contract.APPROVED
    assert (await seller.do("SendContract", id=made.id)).state == Contract.PENDING_SIGN


async def test_a_draft_keeps_its_percents_when_its_value_changes(seller: Seller) -> None:
    quote = await seller.accepted_quote()
    made = await seller.do("CreateContract", contract={"quote_id": quote.id, "payment_plan": PLAN})
    change = {"id": made.id, "original_amount": {"amount": "90000", "currency": "CNY"}}
    edited = await seller.do("UpdateContract", contract=change, update_mask={"paths": ["original_amount"]})
    assert [line.planned_amount.amount for line in edited.payment_plan] == ["27000", "27000", "36000"]
    halves = [{"percent": "50", "due_date": in_days(1)}] * 2
    change = {"id": made.id, "payment_plan": halves}
    edited = await seller.do("UpdateContract", contract=change, update_mask={"paths": ["payment_plan"]})
    assert [line.planned_amount.amount for line in await seller.plan(edited)] == ["45000", "45000"]


async def test_both_signatures_make_the_plan_live(seller: Seller) -> None:
    quote = await seller.accepted_quote()
    made = await seller.do("CreateContract", contract={"quote_id": quote.id, "payment_plan": PLAN})
    await seller.do("SendContract", id=made.id)
    half = await seller.do("SignContract", id=made.id, our_sign_date=in_days(-3))
    assert half.state == Contract.PENDING_SIGN
    signed = await seller.do("SignContract", id=made.id, their_sign_date=in_days(-1))
    assert (signed.state, signed.effective_date) == (Contract.SIGNED, in_days(-1))
    assert {line.state for line in signed.payment_plan} == {PlanLine.PENDING}
    [fact] = await seller.events(events.ContractSigned)
    assert fact.contract == signed


async def test_a_contract_runs_from_signing_to_the_archive(seller: Seller) -> None:
    plan = [
        {"percent": "50", "trigger": "AFTER_SIGNING", "offset_days": 7},
        {"percent": "50", "trigger": "AFTER_DELIVERY", "offset_days": 30},
    ]
    contract = await seller.signed_contract(plan)
    assert [line.due_date for line in contract.payment_plan] == [in_days(7), ""]
    await seller.do("StartContract", id=contract.id)
    fulfilled = await seller.do("FulfillContract", id=contract.id)
    assert [line.due_date for line in fulfilled.payment_plan] == [in_days(7), in_days(30)]
    archived = await seller.do("ArchiveContract", id=contract.id)
    assert archived.state == Contract.ARCHIVED


async def test_a_contract_expires_when_its_last_day_ends(seller: Seller) -> None:
    quote = await seller.accepted_quote()
    made = await seller.do("CreateContract", contract={"quote_id": quote.id, "end_date": in_days(20)})
    await seller.do("SendContract", id=made.id)
    day = today().isoformat()
    await seller.do("SignContract", id=made.id, our_sign_date=day, their_sign_date=day)
    await seller.let_pass(21.1)
    assert (await seller.do("GetContract", id=made.id)).state == Contract.EXPIRED
    assert len(await seller.events(events.ContractExpired)) == 1


async def test_terminating_cancels_what_falls_due_later(seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    ended = await seller.do("TerminateContract", id=contract.id, reason="客户停产", termination_date=in_days(20))
    assert [line.state for line in ended.payment_plan] == [PlanLine.PENDING, PlanLine.CANCELLED, PlanLine.CANCELLED]
    assert ended.open_amount.amount == "30000"


async def test_a_voided_contract_frees_its_quote(seller: Seller) -> None:
    quote = await seller.accepted_quote()
    made = await seller.do("CreateContract", contract={"quote_id": quote.id})
    await seller.do("VoidContract", id=made.id, reason="条款有误")
    again = await seller.do("CreateContract", contract={"quote_id": quote.id})
    assert again.id != made.id


async def test_money_of_another_unit_looks_absent(sales: RunningService, seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    receipt = await seller.receipt(contract, "1")
    other = Seller(sales, somebody(unit_path="/west/", scope=Scope.SUBTREE))
    for name, key in (
        ("GetContract", contract.id),
        ("GetReceipt", receipt.id),
        ("ConfirmReceipt", receipt.id),
        ("GetPlanLine", contract.payment_plan[0].id),
        ("AmendContract", contract.id),
    ):
        extra = {"value_change": {"amount": "1", "currency": "CNY"}, "reason": "x"} if name == "AmendContract" else {}
        assert (await other.refused(name, id=key, **extra)).reason == "NOT_FOUND"
    written_off = await other.refused("WriteOffPlanLine", id=contract.payment_plan[0].id, reason="x")
    assert written_off.reason == "NOT_FOUND"


async def test_quotes_and_contracts_keep_their_deal_from_rotting(seller: Seller) -> None:
    deal = await seller.opportunity()
    assert not deal.HasField("last_activity_time")
    await seller.accepted_quote(opportunity_id=deal.id)
    after = await seller.do("GetOpportunity", id=deal.id)
    assert after.rot_time.ToNanoseconds() > deal.rot_time.ToNanoseconds()


async def test_every_change_of_a_contract_is_announced_without_a_gap(sales: RunningService, seller: Seller) -> None:
    contract = await seller.signed_contract(PLAN)
    await seller.paid(contract, "60000")
    await seller.do("WriteOffPlanLine", id=contract.payment_plan[2].id, reason="x")
    numbers = [item.event_seq for item in await sales.announced() if str(item.aggregate_id) == contract.id]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_receivables_are_found_by_words(seller: Seller) -> None:
    await seller.signed_contract(PLAN)
    found = await seller.do("ListPlanLines", search="验收")
    assert [line.name for line in found.plan_lines] == ["验收款"]


async def test_a_seller_who_sees_only_their_own_takes_a_deal_to_the_money(sales: RunningService) -> None:
    rep = Seller(sales, somebody(unit_path="/hq/east/", scope=Scope.OWN))
    colleague = Seller(sales, somebody(unit_path="/hq/east/", scope=Scope.OWN))
    deal = await rep.opportunity()
    contract = await rep.signed_contract(PLAN, opportunity_id=deal.id)
    receipt = await rep.paid(contract, "30000")
    assert (await rep.do("WinOpportunity", id=deal.id)).stage == "won"
    assert {line.owner_id for line in await rep.plan(contract)} == {rep.who.subject}
    assert (await rep.do("ListPlanLines", count=1)).total_size == 3
    assert (await colleague.do("ListPlanLines", count=1)).total_size == 0
    assert (await colleague.refused("ReverseReceipt", id=receipt.id, reason="x")).reason == "NOT_FOUND"

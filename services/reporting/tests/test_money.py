"""Revenue and receivables."""

from typing import Any
from uuid import UUID, uuid4

from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.contract_pb2 import Contract
from crm.sales.v1.opportunity_pb2 import Opportunity
from crm.sales.v1.plan_line_pb2 import PlanLine
from crm.sales.v1.receipt_pb2 import Receipt

from crm_kit.testing.service import RunningService

from .chronicle import History, Run, cny

YEAR = {"from_date": "2026-01-01", "to_date": "2026-04-01", "time_zone": "UTC"}


def signed_contract(history: History) -> Contract:
    """100 000 in three payments: the first long overdue, the second for later, the third without a day."""
    contract = Contract(
        id=str(uuid4()),
        state=Contract.SIGNED,
        amount=cny("100000"),
        our_sign_date="2026-02-03",
        their_sign_date="2026-02-10",
        unit_path="/hq/",
        etag="4",
    )
    states = (PlanLine.OVERDUE, PlanLine.PENDING, PlanLine.INACTIVE)
    for position, (day, state) in enumerate(zip(("2026-01-01", "2999-01-01", ""), states, strict=True), 1):
        line = contract.payment_plan.add(
            id=str(uuid4()), contract_id=contract.id, position=position, state=state, due_date=day, etag="1"
        )
        line.unit_path = "/hq/"
        line.planned_amount.CopyFrom(cny("30000"))
        line.open_amount.CopyFrom(cny("30000"))
    history.add("contract", UUID(contract.id), "2026-02-10 08:00", sales.ContractSigned(contract=contract))
    return contract


def pay_first_line(history: History, contract: Contract, when: str) -> Receipt:
    receipt = Receipt(
        id=str(uuid4()),
        state=Receipt.CONFIRMED,
        amount=cny("10000"),
        receive_date=when[:10],
        unit_path="/hq/",
        contract_id=contract.id,
    )
    line = contract.payment_plan[0]
    line.open_amount.CopyFrom(cny("20000"))
    line.etag = "2"
    event = sales.ReceiptConfirmed(receipt=receipt, contract=contract)
    history.add("receipt", UUID(receipt.id), when, event)
    return receipt


def win(history: History, day: str, amount: str) -> None:
    deal = Opportunity(
        id=str(uuid4()), state=Opportunity.WON, amount=cny(amount), close_date=day, stage="won", unit_path="/hq/"
    )
    history.add("opportunity", UUID(deal.id), f"{day} 08:00", sales.OpportunityWon(opportunity=deal))


async def test_revenue_shows_what_was_won_signed_and_received_by_month(reporting: RunningService, run: Run) -> None:
    history = History()
    contract = signed_contract(history)
    pay_first_line(history, contract, "2026-03-05 08:00")
    win(history, "2026-01-31", "500.10")
    win(history, "2026-01-01", "0.90")
    await history.deliver(reporting)
    answer = await run("revenue", **YEAR)
    assert [(row["month"], row["won"], row["signed"], row["received"]) for row in answer.rows] == [
        ("2026-01", "501.00", "0.00", "0.00"),
        ("2026-02", "0.00", "100000.00", "0.00"),
        ("2026-03", "0.00", "0.00", "10000.00"),
    ]
    assert [answer.totals[0][name] for name in ("won_deals", "signed_contracts", "receipts")] == [2, 1, 1]


async def test_a_reversed_receipt_no_longer_counts(reporting: RunningService, run: Run) -> None:
    history = History()
    contract = signed_contract(history)
    receipt = pay_first_line(history, contract, "2026-03-05 08:00")
    receipt.state = Receipt.REVERSED
    contract.payment_plan[0].open_amount.CopyFrom(cny("30000"))
    contract.payment_plan[0].etag = "3"
    event = sales.ReceiptReversed(receipt=receipt, contract=contract)
    history.add("receipt", UUID(receipt.id), "2026-03-06 08:00", event)
    await history.deliver(reporting, seed=5)
    assert (await run("revenue", **YEAR)).totals[0]["received"] == "0.00"
    assert (await run("receivables")).totals[0]["open"] == "60000.00"


async def test_receivables_are_aged_and_promises_not_in_force_are_left_out(reporting: RunningService, run: Run) -> None:
    history = History()
    contract = signed_contract(history)
    pay_first_line(history, contract, "2026-03-05 08:00")
    for seed in (1, 2, 3):
        await history.deliver(reporting, seed)
    row: dict[str, Any] = (await run("receivables")).rows[0]
    assert (row["lines"], row["open"], row["not_due"], row["over_90"]) == (2, "50000.00", "30000.00", "20000.00")

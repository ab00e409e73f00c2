"""Keep what is known of contracts, the payments they promise and the money that arrived.

Contracts and their lines come with events of contracts and of receipts, whose positions cannot be compared: the version
of the record says which state is newer.
"""

from collections.abc import Sequence
from typing import Any

from crm.sales.v1.contract_pb2 import Contract
from crm.sales.v1.plan_line_pb2 import PlanLine
from crm.sales.v1.receipt_pb2 import Receipt

from crm_kit.consumer import Received
from crm_kit.tx import Tx
from crm_reporting.domain.money_facts import contract_fact, plan_line_fact, receipt_fact
from crm_reporting.usecases.write_facts import Row, amount_of, day_of, keep, time_of, uuid_of


async def keep_contracts(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """The contract with its plan, as events of contracts and of receipts carry it."""
    await keep(tx, contract_fact, [_contract(event.message.contract) for event in events])
    lines = [_plan_line(line) for event in events for line in event.message.contract.payment_plan]
    await keep(tx, plan_line_fact, lines)


async def keep_plan_lines(tx: Tx, events: Sequence[Received[Any]]) -> None:
    lines = [_plan_line(event.message.plan_line) for event in events]
    await keep(tx, plan_line_fact, lines)


async def keep_receipts(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A receipt, and the contract with its plan after it."""
    await keep(tx, receipt_fact, [_receipt(event, event.message.receipt) for event in events])
    await keep_contracts(tx, [event for event in events if event.message.HasField("contract")])


def _contract(contract: Contract) -> Row:
    amount, currency = amount_of(contract, "amount")
    signed = [day_of(contract.our_sign_date), day_of(contract.their_sign_date)]
    return {
        "id": uuid_of(contract.id),
        "event_seq": int(contract.etag or 0),
        "owner_id": uuid_of(contract.owner_id),
        "unit_path": contract.unit_path,
        "number": contract.number,
        "state": Contract.State.Name(contract.state),
        "amount": amount,
        "currency": currency,
        "sign_date": None if None in signed else max(day for day in signed if day),
        "effective_date": day_of(contract.effective_date),
        "customer_id": uuid_of(contract.customer_id),
        "opportunity_id": uuid_of(contract.opportunity_id),
    }


def _plan_line(line: PlanLine) -> Row:
    planned, currency = amount_of(line, "planned_amount")
    return {
        "id": uuid_of(line.id),
        "event_seq": int(line.etag or 0),
        "owner_id": uuid_of(line.owner_id),
        "unit_path": line.unit_path,
        "contract_id": uuid_of(line.contract_id),
        "customer_id": uuid_of(line.customer_id),
        "position": line.position,
        "state": PlanLine.State.Name(line.state),
        "planned": planned,
        "open": amount_of(line, "open_amount")[0],
        "currency": currency,
        "due_date": day_of(line.due_date),
    }


def _receipt(event: Received[Any], receipt: Receipt) -> Row:
    amount, currency = amount_of(receipt, "amount")
    return {
        "id": event.aggregate_id,
        "event_seq": event.event_seq,
        "owner_id": uuid_of(receipt.owner_id),
        "unit_path": receipt.unit_path,
        "state": Receipt.State.Name(receipt.state),
        "amount": amount,
        "currency": currency,
        "receive_date": day_of(receipt.receive_date),
        "confirm_time": time_of(receipt, "confirm_time"),
        "contract_id": uuid_of(receipt.contract_id),
        "customer_id": uuid_of(receipt.customer_id),
    }

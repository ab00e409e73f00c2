"""From sales: deals, quotes, contracts, payments and finished tasks; contracts also decide the customer's phase (domain rule 3.5)."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.contract_pb2 import Contract
from crm.sales.v1.opportunity_pb2 import Opportunity
from crm.type.v1.money_pb2 import Money
from google.protobuf.message import Message

from crm_customers.domain.standing import end_of_day
from crm_customers.domain.timeline import Entry
from crm_customers.usecases.know_sales import KnownContract, KnownDeal, know_contracts, know_deals
from crm_customers.usecases.record_timeline import record_timeline
from crm_kit.consumer import Consumer, Received
from crm_kit.tx import Tx


class Telling(NamedTuple):
    """How an event is told. With a direction, the customer and we were in touch."""

    kind: str
    direction: str = ""


DEALS: dict[type[Message], Telling] = {
    sales.OpportunityCreated: Telling("opportunity_created"),
    sales.OpportunityStageChanged: Telling("opportunity_stage_changed"),
    sales.OpportunityWon: Telling("opportunity_won"),
    sales.OpportunityLost: Telling("opportunity_lost"),
    sales.OpportunityReopened: Telling("opportunity_reopened"),
}
QUOTES: dict[type[Message], Telling] = {
    sales.QuoteSent: Telling("quote_sent", "outbound"),
    sales.QuoteAccepted: Telling("quote_accepted", "inbound"),
    sales.QuoteDeclined: Telling("quote_declined", "inbound"),
    sales.QuoteExpired: Telling("quote_expired"),
    sales.QuoteWithdrawn: Telling("quote_withdrawn"),
}
CONTRACTS: dict[type[Message], Telling] = {
    sales.ContractSent: Telling("contract_sent", "outbound"),
    sales.ContractSigned: Telling("contract_signed", "inbound"),
    sales.ContractAmended: Telling("contract_amended"),
    sales.ContractStarted: Telling("contract_started"),
    sales.ContractFulfilled: Telling("contract_fulfilled"),
    sales.ContractVoided: Telling("contract_voided"),
    sales.ContractTerminated: Telling("contract_terminated"),
    sales.ContractExpired: Telling("contract_expired"),
}
PAYMENTS: dict[type[Message], Telling] = {
    sales.ReceiptConfirmed: Telling("payment_received"),
    sales.ReceiptReversed: Telling("payment_reversed"),
    sales.PlanLineOverdue: Telling("payment_overdue"),
    sales.PlanLinePaid: Telling("payment_settled"),
    sales.PlanLineWrittenOff: Telling("payment_written_off"),
}
TASKS: dict[type[Message], Telling] = {sales.TaskCompleted: Telling("task_completed")}
TELLINGS = {
    message.DESCRIPTOR.full_name: telling
    for told in (DEALS, QUOTES, CONTRACTS, PAYMENTS, TASKS)
    for message, telling in told.items()
}


def register(timeline: Consumer, zone: str) -> None:
    timeline.on(*DEALS)(on_deal)
    timeline.on(*QUOTES)(on_quote)
    timeline.on(*CONTRACTS)(partial(on_contract, zone))
    timeline.on(*PAYMENTS)(on_payment)
    timeline.on(*TASKS)(on_task)


async def on_deal(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A deal was opened, moved, closed or opened again."""
    await record_timeline(tx, [_deal(event) for event in events])
    known = []
    for event in events:
        deal = event.message.opportunity
        is_open = deal.state == Opportunity.OPEN
        known.append(KnownDeal(UUID(deal.id), UUID(deal.customer_id), event.event_seq, is_open))
    await know_deals(tx, known)


async def on_quote(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A quote went out, was answered, ran out or was taken back."""
    entries = []
    for event in events:
        quote = event.message.quote
        entries.append(
            _entry(
                event,
                "quote",
                quote,
                number=quote.number,
                name=quote.name,
                amount=_money(quote.total),
                reason=quote.state_reason,
            )
        )
    await record_timeline(tx, entries)


async def on_contract(zone: str, tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A contract went its way, and the customer's phase with it."""
    await record_timeline(tx, [_contract(event) for event in events])
    known = []
    for event in events:
        contract = event.message.contract
        ends = (
            end_of_day(date.fromisoformat(contract.end_date), contract.time_zone or zone) if contract.end_date else None
        )
        state = Contract.State.Name(contract.state)
        known.append(KnownContract(UUID(contract.id), UUID(contract.customer_id), event.event_seq, state, ends))
    await know_contracts(tx, known)


async def on_payment(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Money came, was taken back, is late, or was given up."""
    await record_timeline(tx, [_payment(event) for event in events])


async def on_task(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """What was to be done about a customer is done."""
    about = [(event, event.message.task) for event in events if event.message.task.customer_id]
    entries = [
        _entry(event, "task", task, number=task.number, name=task.subject, note=task.outcome) for event, task in about
    ]
    await record_timeline(tx, entries)


def _deal(event: Received[Any]) -> Entry:
    deal = event.message.opportunity
    facts = {"number": deal.number, "name": deal.name, "amount": _money(deal.amount)}
    if isinstance(event.message, sales.OpportunityStageChanged):
        facts |= {
            "from": event.message.stay.from_stage,
            "to": event.message.stay.stage,
            "note": event.message.stay.note,
        }
    if isinstance(event.message, sales.OpportunityLost):
        facts |= {"reason": deal.loss_reason, "note": deal.loss_note}
    return _entry(event, "opportunity", deal, **facts)


def _contract(event: Received[Any]) -> Entry:
    contract = event.message.contract
    facts = {"number": contract.number, "name": contract.name, "amount": _money(contract.amount)}
    if isinstance(event.message, sales.ContractAmended):
        facts["reason"] = event.message.amendment.reason
    elif isinstance(event.message, sales.ContractVoided | sales.ContractTerminated):
        facts["reason"] = contract.state_reason
    return _entry(event, "contract", contract, **facts)


def _payment(event: Received[Any]) -> Entry:
    message = event.message
    if isinstance(message, sales.ReceiptConfirmed | sales.ReceiptReversed):
        receipt = message.receipt
        facts = {"number": receipt.number, "name": message.contract.name, "amount": _money(receipt.amount)}
        return _entry(event, "receipt", receipt, **facts, reason=receipt.state_reason)
    line = message.plan_line
    amount = line.open_amount if isinstance(message, sales.PlanLineOverdue) else line.planned_amount
    facts = {"name": line.name, "amount": _money(amount), "due_date": line.due_date}
    if isinstance(message, sales.PlanLineWrittenOff):
        facts |= {"amount": f"{line.planned_amount.currency} {message.amount}", "reason": message.reason}
    return _entry(event, "plan_line", line, **facts)


def _entry(event: Received[Any], subject_type: str, subject: Any, **facts: str) -> Entry:
    telling = TELLINGS[event.event_type]
    contact_id = getattr(subject, "contact_id", "")
    return Entry(
        id=event.event_id,
        customer_id=UUID(subject.customer_id),
        contact_id=UUID(contact_id) if contact_id else None,
        occur_time=event.occur_time,
        kind=telling.kind,
        direction=telling.direction,
        is_contact=bool(telling.direction),
        actor=event.actor,
        source_event_type=event.event_type,
        subject_type=subject_type,
        subject_id=UUID(subject.id),
        facts=facts,
    )


def _money(amount: Money) -> str:
    return f"{amount.currency} {amount.amount}".strip()

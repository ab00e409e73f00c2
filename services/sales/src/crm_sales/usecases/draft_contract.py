"""Draft and edit contracts: from an accepted quote, with a plan that adds up to their value."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crm.sales.v1 import plan_line_pb2

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.money import HUNDRED, rounded
from crm_kit.tx import Tx
from crm_sales import mappings, queries
from crm_sales.domain.contract import Contract
from crm_sales.domain.contract_errors import QuoteHasContract, QuoteNotAccepted
from crm_sales.domain.days import known_zone, local_day
from crm_sales.domain.payment_plan import planned_amounts
from crm_sales.domain.plan_line import PlanLine
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.quote import Quote
from crm_sales.mappings import contracts

MOST_LINES, MOST_DAYS = 120, 3650


async def draft_contract(
    tx: Tx, contract: Contract, plan: Sequence[plan_line_pb2.PlanLine], policy: SalesPolicy
) -> Contract:
    """Keep a new contract: customer, deal and value are those of its quote unless a value was agreed since."""
    quote = await tx.load(Quote, contract.quote_id)
    if quote.state != "ACCEPTED":
        raise QuoteNotAccepted(number=quote.number, state=quote.state)
    earlier = await queries.contract_of_quote(tx, quote.id)
    if earlier is not None:
        raise QuoteHasContract(quote=quote.number, number=earlier.number)
    _check_currency(contract.currency, quote.currency)
    contract.id, contract.currency, contract.quote_amount = tx.new_id(), quote.currency, quote.total
    contract.customer_id, contract.opportunity_id = quote.customer_id, quote.opportunity_id
    contract.contact_id = contract.contact_id or quote.contact_id
    contract.name = contract.name or quote.name
    contract.time_zone = known_zone(contract.time_zone or quote.time_zone or policy.time_zone)
    contract.owner_id, contract.unit_path = tx.principal.user_id, quote.unit_path
    # A contract without a value of its own is worth what was accepted.
    value = contract.original_amount or quote.total
    contract.original_amount = contract.amount = rounded(value, contract.currency)
    _check(contract)
    contract.plan = plan_lines(tx, contract, plan)
    contract.number = await tx.number("CT", contract.unit_path)
    tx.add(contract)
    contract.derive(local_day(tx.now, contract.time_zone))
    return contract


async def edit_contract(
    tx: Tx,
    contract: Contract,
    values: dict[str, Any],
    plan: Sequence[plan_line_pb2.PlanLine] | None,
    policy: SalesPolicy,
) -> Contract:
    """Change a draft. A given plan replaces the whole; without one, percents are applied to a changed value."""
    contract.need_editable()
    _check_currency(values.pop("currency", ""), contract.currency)
    if values.get("original_amount", 0) is None:
        values["original_amount"] = contract.quote_amount
    if values.get("time_zone") == "":
        values["time_zone"] = policy.time_zone
    contracts.apply(contract, values)
    contract.original_amount = contract.amount = rounded(contract.original_amount, contract.currency)
    known_zone(contract.time_zone)
    _check(contract)
    if plan is not None:
        contract.plan = plan_lines(tx, contract, plan)
    else:
        planned = planned_amounts(
            contract.amount,
            [line.percent for line in contract.plan],
            [line.planned_amount for line in contract.plan],
            contract.currency,
        )
        for line, amount in zip(contract.plan, planned, strict=True):
            line.planned_amount = amount
    contract.derive(local_day(tx.now, contract.time_zone))
    return contract


def plan_lines(tx: Tx, contract: Contract, plan: Sequence[plan_line_pb2.PlanLine]) -> list[PlanLine]:
    """The plan as given, or one payment of everything on signing; InvalidArgument unless it adds up."""
    given = list(plan) or [plan_line_pb2.PlanLine(percent="100", trigger=plan_line_pb2.PlanLine.AFTER_SIGNING)]
    if len(given) > MOST_LINES:
        raise InvalidArgument.of("payment_plan", "TOO_MANY", f"At most {MOST_LINES} lines.", f"最多 {MOST_LINES} 行。")
    faults: list[Violation] = []
    read = [_read(contract, message, i, faults) for i, message in enumerate(given)]
    if faults:
        raise InvalidArgument(faults)
    percents: list[Decimal | None] = [values.get("percent") for values in read]
    amounts: list[Decimal | None] = [values.get("planned_amount") for values in read]
    planned = planned_amounts(contract.amount, percents, amounts, contract.currency)
    return [
        PlanLine(
            **(values | {"planned_amount": amount, "currency": contract.currency}),
            id=tx.new_id(),
            contract_id=contract.id,
            customer_id=contract.customer_id,
            owner_id=contract.owner_id,
            unit_path=contract.unit_path,
            position=i + 1,
            create_time=tx.now,
            update_time=tx.now,
        )
        for i, (values, amount) in enumerate(zip(read, planned, strict=True))
    ]


def _read(contract: Contract, message: plan_line_pb2.PlanLine, i: int, faults: list[Violation]) -> dict[str, Any]:
    values, wrong = mappings.plan_line.read(message)
    if values.pop("currency", contract.currency) != contract.currency:
        wrong.append(_wrong("planned_amount.currency", "OTHER_CURRENCY", contract.currency, contract.currency))
    values.setdefault("trigger", "ON_DATE")
    # A percent wins over an amount that was only read back with it.
    if values.get("percent") is not None:
        values.pop("planned_amount", None)
        if not 0 < values["percent"] <= HUNDRED:
            wrong.append(_wrong("percent", "OUT_OF_RANGE", "0 < % <= 100", "0 < % <= 100"))
    if values["trigger"] == "ON_DATE" and values.get("due_date") is None:
        wrong.append(_wrong("due_date", "REQUIRED", "the day it is due", "到期日"))
    if values["trigger"] != "ON_DATE":
        values.pop("due_date", None)
    if not 0 <= values.get("offset_days", 0) <= MOST_DAYS:
        wrong.append(_wrong("offset_days", "OUT_OF_RANGE", f"0 to {MOST_DAYS}", f"0 到 {MOST_DAYS}"))
    faults += [Violation(f"payment_plan[{i}].{v.field}", v.reason, v.en, v.zh) for v in wrong]
    return values


def _wrong(field: str, reason: str, wanted: str, wanted_zh: str) -> Violation:
    return Violation(field, reason, f"Give {wanted}.", f"请填写{wanted_zh}。")


def _check_currency(found: str, wanted: str) -> None:
    if found and found != wanted:
        raise InvalidArgument.of(
            "original_amount.currency", "OTHER_CURRENCY", f"The quote is in {wanted}.", f"报价币种为 {wanted}。"
        )


def _check(contract: Contract) -> None:
    wrong = []
    if contract.original_amount <= 0:
        wrong.append(_wrong("original_amount", "OUT_OF_RANGE", "more than zero", "大于零的金额"))
    first: date | None = contract.start_date
    if first is not None and contract.end_date is not None and contract.end_date < first:
        wrong.append(_wrong("end_date", "BEFORE_START", f"{first} or later", f"{first} 或之后的日期"))
    if wrong:
        raise InvalidArgument(wrong)

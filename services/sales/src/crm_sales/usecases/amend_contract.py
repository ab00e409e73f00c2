"""Amend: a signed change order changes what a contract is worth."""

from datetime import date
from decimal import Decimal

from crm.sales.v1 import sales_events_pb2 as events
from sqlalchemy import insert

from crm_kit.errors import InvalidArgument
from crm_kit.money import rounded
from crm_kit.tx import Tx
from crm_sales import mappings, queries
from crm_sales.domain.contract import Contract
from crm_sales.domain.contract_amendment import contract_amendment
from crm_sales.domain.days import local_day
from crm_sales.usecases.carry_contract import watch_end
from crm_sales.usecases.follow_plan import follow_plan


async def amend_contract(
    tx: Tx,
    contract_id: str,
    *,
    value_change: Decimal,
    currency: str,
    reason: str,
    sign_date: date | None = None,
    delivery_date: date | None = None,
    end_date: date | None = None,
    etag: str = "",
) -> Contract:
    """Keep the change order, change value and days, and split the unpaid part of the plan anew."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    if currency != contract.currency or value_change != rounded(value_change, contract.currency):
        raise InvalidArgument.of(
            "value_change",
            "NOT_IN_CURRENCY",
            f"Give an amount of whole minor units in {contract.currency}.",
            f"请填写以 {contract.currency} 计的金额，精确到最小货币单位。",
        )
    number = await queries.amendments_so_far(tx, contract.id) + 1
    signed = sign_date or local_day(tx.now, contract.time_zone)
    contract.amend(value_change, signed, number, tx.new_id())
    contract.delivery_date = delivery_date or contract.delivery_date
    contract.end_date = end_date or contract.end_date
    row = {
        "id": tx.new_id(),
        "contract_id": contract.id,
        "number": number,
        "value_change": value_change,
        "amount": contract.amount,
        "currency": contract.currency,
        "reason": reason,
        "sign_date": signed,
        "actor_id": tx.principal.actor,
        "create_time": tx.now,
    }
    await tx.session.execute(insert(contract_amendment).values(row))
    tx.publish(contract, events.ContractAmended(amendment=mappings.amendment(row)))
    await follow_plan(tx, contract)
    if contract.state != "FULFILLED":
        await watch_end(tx, contract)
    return contract

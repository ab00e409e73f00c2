"""Record, confirm, reject and reverse receipts: only confirmed money counts."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.fieldtypes import decimal_of
from crm_kit.money import ZERO, known_currency, rounded, text
from crm_kit.tx import Tx
from crm_sales import mappings, queries
from crm_sales.domain.contract import Contract
from crm_sales.domain.days import local_day
from crm_sales.domain.payment_plan import Share, apply_oldest_first
from crm_sales.domain.receipt import DuplicateReceipt, Receipt
from crm_sales.mappings import receipts
from crm_sales.usecases.follow_plan import follow_plan


async def record_receipt(tx: Tx, receipt: Receipt) -> Receipt:
    """Note what arrived; it counts once finance confirms it."""
    contract = await queries.load_contract(tx, receipt.contract_id)
    receipt.customer_id, receipt.unit_path = contract.customer_id, contract.unit_path
    receipt.id, receipt.owner_id = tx.new_id(), tx.principal.user_id
    await _check(tx, receipt, contract)
    receipt.number = await tx.number("RC", receipt.unit_path)
    return tx.add(receipt)


async def edit_receipt(tx: Tx, receipt: Receipt, values: dict[str, Any]) -> Receipt:
    """Correct a receipt that is not confirmed yet."""
    receipt.need("RECORDED")
    receipts.apply(receipt, values)
    contract = await queries.with_plan(tx, await queries.related(tx, Contract, receipt.contract_id))
    await _check(tx, receipt, contract)
    return receipt


async def confirm_receipt(tx: Tx, receipt_id: str, *, etag: str = "") -> Receipt:
    """Finance found it: it pays the lines it names, else the oldest due first; what is left is an advance."""
    receipt = await tx.load(Receipt, receipt_id, etag=etag)
    receipt.need("RECORDED")
    contract = await queries.with_plan(tx, await queries.related(tx, Contract, receipt.contract_id))
    if receipt.applications:
        shares = _named_shares(receipt, contract)
        rest = receipt.settled_amount - sum((share.amount for share in shares), ZERO)
    else:
        shares, rest = apply_oldest_first(contract.plan, receipt.settled_amount)
    contract.pay(shares, tx.now)
    paid = [{"plan_line_id": str(contract.line(share.position).id), "amount": text(share.amount)} for share in shares]
    receipt.confirm(paid, rest, tx.now)
    await _announce(tx, receipt, contract, events.ReceiptConfirmed())
    return receipt


async def reject_receipt(tx: Tx, receipt_id: str, *, reason: str, etag: str = "") -> Receipt:
    """It is not ours, or not there."""
    receipt = await tx.load(Receipt, receipt_id, etag=etag)
    receipt.reject(reason)
    return receipt


async def reverse_receipt(tx: Tx, receipt_id: str, *, reason: str, etag: str = "") -> Receipt:
    """Take a confirmed receipt back: the lines it paid are open again, and overdue if their day has passed."""
    receipt = await tx.load(Receipt, receipt_id, etag=etag)
    receipt.reverse(reason)
    contract = await queries.with_plan(tx, await queries.related(tx, Contract, receipt.contract_id))
    for share in _named_shares(receipt, contract):
        contract.line(share.position).take_back(share.amount)
    receipt.advance_amount = ZERO
    await _announce(tx, receipt, contract, events.ReceiptReversed())
    return receipt


async def _announce(
    tx: Tx, receipt: Receipt, contract: Contract, fact: events.ReceiptConfirmed | events.ReceiptReversed
) -> None:
    tx.publish(receipt, fact)
    await follow_plan(tx, contract)
    # After everything that changes the contract, so that the event carries the version that is stored.
    await tx.session.flush()
    fact.contract.CopyFrom(mappings.contract.write(contract))


async def _check(tx: Tx, receipt: Receipt, contract: Contract) -> None:
    """InvalidArgument or DuplicateReceipt unless the receipt can be what the bank shows."""
    known_currency(receipt.amount_currency, "amount.currency")
    wrong = []
    if receipt.amount is None or receipt.amount <= 0:
        wrong.append(Violation("amount", "OUT_OF_RANGE", "Give more than zero.", "金额必须大于零。"))
    elif receipt.amount != rounded(receipt.amount, receipt.amount_currency):
        wrong.append(Violation("amount", "TOO_PRECISE", "Give whole minor units.", "金额精度超过最小货币单位。"))
    today = local_day(tx.now, contract.time_zone)
    if receipt.receive_date is not None and receipt.receive_date > today:
        wrong.append(
            Violation("receive_date", "IN_THE_FUTURE", f"Give {today} or earlier.", f"请填写 {today} 或更早的日期。")
        )
    if wrong:
        raise InvalidArgument(wrong)
    receipt.settle(contract.currency)
    if receipt.applications:
        _named_shares(receipt, contract)
    twin = await queries.twin_receipt(tx, receipt)
    if twin is not None:
        raise DuplicateReceipt(number=twin.number)


def _named_shares(receipt: Receipt, contract: Contract) -> list[Share]:
    """The lines a receipt names with their parts; InvalidArgument for unknown lines and for parts above the whole."""
    positions = {str(line.id): line.position for line in contract.plan}
    wrong: list[Violation] = []
    shares = []
    for i, named in enumerate(receipt.applications):
        amount = _amount(named.get("amount", ""))
        position = positions.get(_uuid_text(named.get("plan_line_id", "")))
        if position is None:
            wrong.append(_fault(i, "plan_line_id", "NOT_FOUND", "The contract has no such line.", "合同没有此回款行。"))
        if amount <= 0 or amount != rounded(amount, contract.currency):
            wrong.append(
                _fault(i, "amount", "OUT_OF_RANGE", "Give whole minor units above zero.", "请填写大于零的有效金额。")
            )
        shares.append(Share(position or 0, amount))
    if not wrong and sum((share.amount for share in shares), ZERO) > receipt.settled_amount:
        en, zh = "The parts are more than the receipt.", "各行分配金额之和超过回款金额。"
        wrong.append(Violation("applications", "MORE_THAN_RECEIVED", en, zh))
    if wrong:
        raise InvalidArgument(wrong)
    return shares


def _amount(written: str) -> Decimal:
    try:
        return decimal_of(written.strip())
    except ValueError:
        return ZERO


def _uuid_text(written: str) -> str:
    try:
        return str(UUID(written))
    except ValueError:
        return ""


def _fault(i: int, name: str, reason: str, en: str, zh: str) -> Violation:
    return Violation(f"applications[{i}].{name}", reason, en, zh)

"""Submit, approve, send, sign, start, fulfil, archive, void, terminate, expire: the way of a contract."""

from datetime import date
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.contract import Contract
from crm_sales.domain.days import day_end, local_day
from crm_sales.usecases.follow_plan import follow_plan
from crm_sales.usecases.note_dealing import note_dealing

END = "contract_end"


async def submit_contract(tx: Tx, contract_id: str, *, etag: str = "") -> Contract:
    """Ask for approval, which a contract at its quote's value has at once."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.submit()
    return contract


async def approve_contract(tx: Tx, contract_id: str, *, etag: str = "") -> Contract:
    """Who may approve stands for the other value."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.approve(tx.principal.user_id)
    return contract


async def reject_contract(tx: Tx, contract_id: str, *, reason: str, etag: str = "") -> Contract:
    """Back to its author."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.reject(reason)
    return contract


async def send_contract(tx: Tx, contract_id: str, *, etag: str = "") -> Contract:
    """Out for signature."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.send()
    tx.publish(contract, events.ContractSent())
    await note_dealing(tx, contract.opportunity_id)
    return contract


async def sign_contract(
    tx: Tx,
    contract_id: str,
    *,
    ours: date | None = None,
    theirs: date | None = None,
    effective: date | None = None,
    etag: str = "",
) -> Contract:
    """Note signatures; with both, its payments are owed and its end is watched."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    today = local_day(tx.now, contract.time_zone)
    for field, day in (("our_sign_date", ours), ("their_sign_date", theirs)):
        if day is not None and day > today:
            raise InvalidArgument.of(
                field, "IN_THE_FUTURE", f"Give {today} or an earlier day.", f"请填写 {today} 或更早的日期。"
            )
    if contract.sign(ours, theirs, effective):
        tx.publish(contract, events.ContractSigned())
        await follow_plan(tx, contract)
        await watch_end(tx, contract)
        await note_dealing(tx, contract.opportunity_id)
    return contract


async def start_contract(tx: Tx, contract_id: str, *, etag: str = "") -> Contract:
    """Delivery begins."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.start()
    tx.publish(contract, events.ContractStarted())
    return contract


async def fulfill_contract(tx: Tx, contract_id: str, *, day: date | None = None, etag: str = "") -> Contract:
    """Everything is delivered; payments due after delivery count from the day."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.fulfill(day or local_day(tx.now, contract.time_zone))
    tx.publish(contract, events.ContractFulfilled())
    await tx.cancel_timer(END, contract.id)
    await follow_plan(tx, contract)
    return contract


async def archive_contract(tx: Tx, contract_id: str, *, etag: str = "") -> Contract:
    """Closed for good."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.archive()
    tx.publish(contract, events.ContractArchived())
    return contract


async def void_contract(tx: Tx, contract_id: str, *, reason: str, etag: str = "") -> Contract:
    """Given up before it was signed."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.void(reason)
    tx.publish(contract, events.ContractVoided())
    await follow_plan(tx, contract)
    return contract


async def terminate_contract(
    tx: Tx, contract_id: str, *, reason: str, day: date | None = None, etag: str = ""
) -> Contract:
    """Ended early: what is not yet due is cancelled."""
    contract = await queries.load_contract(tx, contract_id, etag=etag)
    contract.terminate(reason, day or local_day(tx.now, contract.time_zone))
    tx.publish(contract, events.ContractTerminated())
    await tx.cancel_timer(END, contract.id)
    await follow_plan(tx, contract)
    return contract


async def expire_contract(tx: Tx, contract_id: UUID) -> None:
    """Its last day is over."""
    contract = await queries.with_plan(tx, await queries.related(tx, Contract, contract_id))
    if contract.expire():
        tx.publish(contract, events.ContractExpired())


async def watch_end(tx: Tx, contract: Contract) -> None:
    """Have the contract expire at the end of its last day."""
    if contract.end_date is None:
        await tx.cancel_timer(END, contract.id)
    else:
        await tx.schedule(END, contract.id, day_end(contract.end_date, contract.time_zone))
